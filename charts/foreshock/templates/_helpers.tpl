{{- define "foreshock.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* At most 52 letters: a StatefulSet adds a hash of ten to the label of its revisions. */}}
{{- define "foreshock.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What selects the pod; it can never change, so it holds nothing that does. */}}
{{- define "foreshock.selectorLabels" -}}
app.kubernetes.io/name: {{ include "foreshock.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "foreshock.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "foreshock.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: agent
app.kubernetes.io/part-of: foreshock
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "foreshock.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "foreshock.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "foreshock.image" -}}
{{- $name := .Values.image.repository -}}
{{- if .Values.image.registry }}{{ $name = printf "%s/%s" .Values.image.registry $name }}{{ end -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $name .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "foreshock.secretName" -}}
{{- default (printf "%s-token" (include "foreshock.fullname" .)) .Values.existingSecret -}}
{{- end -}}

{{/* Namespaces to watch, as JSON. */}}
{{- define "foreshock.namespaces" -}}
{{- .Values.kubernetes.namespaces | default (list .Release.Namespace) | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* Workloads of the cluster in config.scaling, as JSON: resource, namespace, name, how each is scaled, and whether it is. */}}
{{- define "foreshock.targets" -}}
{{- $targets := list -}}
{{- range .Values.config.scaling -}}
{{- if has .kind (list "scale" "hpa-floor") -}}
{{- $place := splitList "/" .target -}}
{{- $acts := and (eq $.Values.mode "act") (eq (default "observe" .mode) "act") -}}
{{- $targets = append $targets (dict "resource" (printf "%ss" (index $place 0)) "namespace" (index $place 1) "name" (index $place 2) "kind" .kind "target" .target "acts" $acts "most" .maxReplicas) -}}
{{- end -}}
{{- end -}}
{{- $targets | toJson -}}
{{- end -}}

{{/* Names in a namespace that other releases share, or in none: two releases of one name must not meet there. */}}
{{- define "foreshock.sharedName" -}}
{{- printf "%s-%s" .Release.Namespace (include "foreshock.fullname" .) -}}
{{- end -}}

{{- define "foreshock.leaseName" -}}
{{- dig "kubernetes" "lease" "name" (include "foreshock.fullname" .) .Values.config -}}
{{- end -}}

{{/* What the user wrote, and over it what follows from how the pod is built. */}}
{{- define "foreshock.config" -}}
{{- $api := dict "host" .Values.bindAddress "port" 8080 "tokenFile" "/run/secrets/foreshock/token" -}}
{{- $otlp := dict "host" .Values.bindAddress "port" 4318 "grpc" (dict "port" 4317) -}}
{{- $kubernetes := dict "enabled" .Values.kubernetes.enabled "nodes" .Values.kubernetes.nodes -}}
{{- if .Values.kubernetes.enabled -}}
{{- $_ := set $kubernetes "namespaces" (include "foreshock.namespaces" . | fromJsonArray) -}}
{{- $_ := set $kubernetes "lease" (dict "name" (include "foreshock.leaseName" .)) -}}
{{- end -}}
{{- $built := dict "dataDirectory" "/var/lib/foreshock" "api" $api "otlp" $otlp "kubernetes" $kubernetes -}}
{{- mergeOverwrite (deepCopy .Values.config) $built | toYaml -}}
{{- end -}}

{{/* Ports of the addresses that the configuration names, as JSON; how people reach the agent itself is none of them. */}}
{{- define "foreshock.outboundPorts" -}}
{{- $config := omit (deepCopy .Values.config) "api" | toJson -}}
{{- $usual := dict "http" 80 "https" 443 "nats" 4222 "tls" 4222 -}}
{{- $ports := list -}}
{{- range regexFindAll "\"(?:https?|nats|tls)://[^\"/?#]+" $config -1 -}}
{{- $scheme := regexFind "[a-z]+" . -}}
{{- $written := regexFind ":[0-9]+$" . | trimPrefix ":" -}}
{{- $ports = append $ports (ternary (int $written) (get $usual $scheme) (ne $written "")) -}}
{{- end -}}
{{- /* Addresses that stand in no URL of the configuration: a secret file, a default. */ -}}
{{- range .Values.config.notifiers -}}
{{- if or (eq .kind "slack") (and (eq .kind "pagerduty") (not .url)) -}}
{{- $ports = append $ports 443 -}}
{{- end -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end -}}

{{/* What the schema cannot say, because it concerns two values. */}}
{{- define "foreshock.validate" -}}
{{- $rank := dict "observe" 0 "propose" 1 "act" 2 -}}
{{- range $index, $entry := .Values.config.scaling -}}
{{- $wanted := default "observe" $entry.mode -}}
{{- if gt (int (get $rank $wanted)) (int (get $rank $.Values.mode)) -}}
{{- fail (printf "config.scaling[%d].mode is %s, but mode is %s: raise mode, which gives the agent the rights it needs, or lower config.scaling[%d].mode" $index $wanted $.Values.mode $index) -}}
{{- end -}}
{{- if and (ne (default "process" $entry.kind) "process") (not $.Values.kubernetes.enabled) -}}
{{- fail (printf "config.scaling[%d].target is %s, but kubernetes.enabled is false: the pod has no token to reach it" $index $entry.target) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.rbac.create .Values.kubernetes.enabled (not .Values.serviceAccount.create) (has .Values.serviceAccount.name (list "" "default")) -}}
{{- fail "serviceAccount.create is false and serviceAccount.name names no account of its own: every pod of the namespace without one runs as `default` and would get the rights of the agent" -}}
{{- end -}}
{{- range $key, $_ := .Values.podLabels -}}
{{- if or (hasPrefix "app.kubernetes.io/" $key) (hasPrefix "helm.sh/" $key) -}}
{{- fail (printf "podLabels: %s belongs to the chart, which finds its pod by such labels" $key) -}}
{{- end -}}
{{- end -}}
{{- /* In parentheses: `helm upgrade --reuse-values` brings the values of a version that did not have it. */ -}}
{{- if and (.Values.admissionPolicy).enabled (semverCompare "<1.30-0" .Capabilities.KubeVersion.Version) -}}
{{- fail (printf "admissionPolicy.enabled is true, but ValidatingAdmissionPolicy is stable only from Kubernetes 1.30 on; this is %s" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- fail "ingress.enabled is true, but ingress.hosts is empty: name a host" -}}
{{- end -}}
{{- end -}}
