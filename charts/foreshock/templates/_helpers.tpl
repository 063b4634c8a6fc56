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

{{- define "foreshock.namespaces" -}}
{{- .Values.kubernetes.namespaces | default (list .Release.Namespace) | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* What the user wrote, and over it what follows from how the pod is built. */}}
{{- define "foreshock.config" -}}
{{- $api := dict "host" .Values.bindAddress "port" 8080 "tokenFile" "/run/secrets/foreshock/token" -}}
{{- $otlp := dict "host" .Values.bindAddress "port" 4318 -}}
{{- $built := dict "dataDirectory" "/var/lib/foreshock" "api" $api "otlp" $otlp -}}
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
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- fail "ingress.enabled is true, but ingress.hosts is empty: name a host" -}}
{{- end -}}
{{- end -}}
