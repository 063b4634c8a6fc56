/** Names that leave the process. Changing one breaks dashboards, annotations or scripts of users, so all of them stand here. */
export const PRODUCT = 'foreshock';
export const METRIC_PREFIX = 'foreshock_';
export const API_GROUP = 'foreshock.dev';
export const VERSION = '0.1.0';
/** The tenant of everything that names none. */
export const DEFAULT_TENANT = 'default';
