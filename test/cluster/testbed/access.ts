/** Who may talk to the test bed's API, and the kubeconfig files that say so. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface Access {
  readonly server: string;
  readonly certificateAuthority: string;
  readonly folder: string;
}

/** A new kubeconfig file for the bearer of this token. */
export const writeKubeconfig = (access: Access, token: string, namespace = 'default'): string => {
  const path = join(access.folder, `kubeconfig-${randomBytes(4).toString('hex')}.yaml`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'testbed', cluster: { server: access.server, 'certificate-authority': access.certificateAuthority } }],
    users: [{ name: 'bearer', user: { token } }],
    contexts: [{ name: 'testbed', context: { cluster: 'testbed', user: 'bearer', namespace } }],
    'current-context': 'testbed',
  };
  writeFileSync(path, stringify(config), { mode: 0o600 });
  return path;
};

/** The file of static tokens kube-apiserver reads: one user, who may do everything. */
export const writeAdministratorToken = (folder: string): { readonly file: string; readonly token: string } => {
  const file = join(folder, 'tokens.csv');
  const token = randomBytes(24).toString('hex');
  writeFileSync(file, `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  return { file, token };
};
