import type { StorageV1Api } from '@kubernetes/client-node';

/** The class of claims that name none; kwok's volume stages know it by this name and bind at once. */
export const addDefaultStorageClass = async (storage: StorageV1Api): Promise<void> => {
  await storage.createStorageClass({
    body: {
      metadata: { name: 'kwok-volume', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'kwok.x-k8s.io/volume',
      volumeBindingMode: 'Immediate',
    },
  });
};
