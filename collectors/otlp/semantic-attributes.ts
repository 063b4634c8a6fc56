/**
 * Span attributes with a meaning to us, by today's names of the semantic conventions, each with the names that
 * earlier versions gave it. When a span carries both, today's name counts.
 * https://opentelemetry.io/docs/specs/semconv/http/migration-guide/
 */
export const HTTP_METHOD = 'http.request.method';
export const HTTP_ROUTE = 'http.route';
export const HTTP_STATUS = 'http.response.status_code';
export const PEER_SERVICE = 'peer.service';
export const SERVER_ADDRESS = 'server.address';
export const SERVER_PORT = 'server.port';
export const SERVICE_VERSION = 'service.version';

export const FORMER_NAMES: Readonly<Record<string, readonly string[]>> = {
  [HTTP_METHOD]: ['http.method'],
  [HTTP_STATUS]: ['http.status_code'],
  [SERVER_ADDRESS]: ['net.peer.name', 'net.sock.peer.name', 'http.host'],
  [SERVER_PORT]: ['net.peer.port', 'net.sock.peer.port'],
  [PEER_SERVICE]: ['service.peer.name'],
  'deployment.environment.name': ['deployment.environment'],
  'db.system.name': ['db.system'],
  'db.namespace': ['db.name'],
  'db.operation.name': ['db.operation'],
  'db.collection.name': ['db.sql.table', 'db.mongodb.collection'],
  'messaging.destination.name': ['messaging.destination'],
  'messaging.operation.type': ['messaging.operation'],
  'rpc.system.name': ['rpc.system'],
  'network.protocol.name': ['net.protocol.name'],
  'network.protocol.version': ['net.protocol.version', 'http.flavor'],
};
