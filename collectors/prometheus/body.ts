import { fail, succeed } from '../../core/outcome.ts';
import type { PrometheusOutcome } from './contract.ts';

const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(bytes < 10_485_760 ? 1 : 0)} MiB`;

/** The body as text, read no further than the limit. */
export const readBody = async (response: Response, bytesMax: number, where: string): Promise<PrometheusOutcome<string>> => {
  const tooLarge = (): PrometheusOutcome<string> => fail('PROMETHEUS_LIMIT', `${where} answered with more than ${mebibytes(bytesMax)}`);
  if (Number(response.headers.get('content-length') ?? 0) > bytesMax) {
    await response.body?.cancel();
    return tooLarge();
  }
  if (response.body === null) return succeed('');
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the stream, and with it the connection.
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bytesMax) return tooLarge();
    chunks.push(chunk);
  }
  return succeed(Buffer.concat(chunks, bytes).toString('utf8'));
};
