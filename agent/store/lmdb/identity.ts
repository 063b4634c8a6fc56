import type { IdentityDelta } from '../../../core/ports.ts';
import type { StreamDescriptor } from '../../../core/stream.ts';
import type { DurationMs } from '../../../core/time.ts';
import type { DamageLedger } from '../damage-ledger.ts';
import { type BinaryDatabase, commit, type Environment, openBinary, openEnvironment, sealText, unsealText } from './environment.ts';

/** What outlives every partition: where positions stood when the partitions that held them were removed. */
export interface Landmarks {
  readonly lastPosition: number;
  readonly coveredPosition: number | undefined;
  readonly lastStep: number | undefined;
  /** What the index of the last step counts. */
  readonly stepMs: DurationMs | undefined;
}

export interface Identity {
  /** Takes the names of a batch over; undefined when they fit, else what is wrong. Written by the next `flush`. */
  stage(delta: IdentityDelta): string | undefined;
  /** Writes what is staged; what fails stays staged. */
  flush(): Promise<void>;
  load(): { readonly texts: readonly string[]; readonly streams: readonly StreamDescriptor[] };
  seriesId(key: string): number | undefined;
  /** Ids of model keys, durable when the promise resolves; the id order is the order of first sight. */
  registerSeries(keys: readonly string[]): Promise<void>;
  readonly seriesCount: number;
  landmarks(): Landmarks;
  putLandmarks(landmarks: Landmarks): Promise<void>;
  close(): Promise<void>;
}

const LANDMARKS = 'landmarks';
const NO_LANDMARKS: Landmarks = { lastPosition: 0, coveredPosition: undefined, lastStep: undefined, stepMs: undefined };

const nextId = (database: BinaryDatabase): number => {
  for (const key of database.getKeys({ reverse: true, limit: 1 })) return (key as number) + 1;
  return 0;
};

const readTexts = (database: BinaryDatabase, damage: DamageLedger, what: string): string[] => {
  const texts: string[] = [];
  for (const { key, value } of database.getRange()) {
    const text = unsealText(value);
    if (text === undefined) damage.record('identity', `${what} ${String(key)}`, `${what} ${String(key)}: checksum differs`);
    // Ids must keep their places and texts must stay distinct, so a lost one is stood in for.
    texts[key as number] = text ?? `\uFFFD${String(key)}`;
  }
  return Array.from(texts, (text, id) => text ?? `\uFFFD${id}`);
};

const readStreams = (database: BinaryDatabase, damage: DamageLedger): StreamDescriptor[] => {
  const streams: StreamDescriptor[] = [];
  for (const { key, value } of database.getRange()) {
    const text = unsealText(value);
    if (text === undefined) damage.record('identity', `stream ${String(key)}`, `stream ${String(key)}: checksum differs`);
    else streams.push(JSON.parse(text) as StreamDescriptor);
  }
  return streams;
};

interface Staging {
  stage(delta: IdentityDelta): string | undefined;
  flush(): Promise<void>;
}

const createStaging = (environment: Environment, texts: BinaryDatabase, streams: BinaryDatabase): Staging => {
  let stagedTexts = new Map<number, string>();
  let stagedStreams = new Map<number, StreamDescriptor>();
  // Id 0 is the empty string of every dictionary and need not be stored to be known.
  let textCount = Math.max(1, nextId(texts));

  const knownText = (id: number): string | undefined => {
    const staged = stagedTexts.get(id);
    if (staged !== undefined) return staged;
    const stored = texts.getBinary(id);
    return stored === undefined ? (id === 0 ? '' : undefined) : unsealText(stored);
  };
  const knownStreamHash = (id: number): string | undefined => {
    const staged = stagedStreams.get(id);
    if (staged !== undefined) return staged.hash;
    const stored = streams.getBinary(id);
    const text = stored === undefined ? undefined : unsealText(stored);
    return text === undefined ? undefined : (JSON.parse(text) as StreamDescriptor).hash;
  };
  const conflict = (delta: IdentityDelta): string | undefined => {
    if (delta.texts.length > 0 && delta.firstText > textCount)
      return `text ids ${textCount} to ${delta.firstText - 1} were never handed over`;
    const text = delta.texts.findIndex((candidate, index) => (knownText(delta.firstText + index) ?? candidate) !== candidate);
    if (text >= 0) return `text id ${delta.firstText + text} already names another text`;
    const stream = delta.streams.find((candidate) => (knownStreamHash(candidate.id) ?? candidate.hash) !== candidate.hash);
    return stream === undefined ? undefined : `stream id ${stream.id} already names another stream`;
  };

  return {
    stage(delta) {
      if (delta.texts.length === 0 && delta.streams.length === 0) return undefined;
      const problem = conflict(delta);
      if (problem !== undefined) return problem;
      delta.texts.forEach((text, index) => {
        stagedTexts.set(delta.firstText + index, text);
      });
      for (const stream of delta.streams) stagedStreams.set(stream.id, stream);
      textCount = Math.max(textCount, delta.firstText + delta.texts.length);
      return undefined;
    },
    async flush() {
      if (stagedTexts.size === 0 && stagedStreams.size === 0) return;
      const writingTexts = stagedTexts;
      const writingStreams = stagedStreams;
      const textRecords = [...writingTexts].map(([id, text]) => [id, sealText(text)] as const);
      const streamRecords = [...writingStreams].map(([id, stream]) => [id, sealText(JSON.stringify(stream))] as const);
      stagedTexts = new Map();
      stagedStreams = new Map();
      try {
        await commit(environment, () => {
          for (const [id, record] of textRecords) texts.put(id, record);
          for (const [id, record] of streamRecords) streams.put(id, record);
        });
      } catch (error) {
        stagedTexts = new Map([...writingTexts, ...stagedTexts]);
        stagedStreams = new Map([...writingStreams, ...stagedStreams]);
        throw error;
      }
    },
  };
};

/** Opens the environment of names, streams, series and landmarks. Throws when LMDB cannot. */
export const openIdentity = (directory: string, damage: DamageLedger): Identity => {
  const environment = openEnvironment(directory);
  const texts = openBinary(environment, 'texts');
  const streams = openBinary(environment, 'streams');
  const series = openBinary(environment, 'series');
  const meta = openBinary(environment, 'meta');
  const staging = createStaging(environment, texts, streams);
  const seriesKeys = readTexts(series, damage, 'series');
  const seriesIds = new Map(seriesKeys.map((key, id) => [key, id]));

  const readLandmarks = (): Landmarks => {
    const stored = meta.getBinary(LANDMARKS);
    const text = stored === undefined ? undefined : unsealText(stored);
    if (stored !== undefined && text === undefined) damage.record('identity', LANDMARKS, 'landmarks: checksum differs');
    return text === undefined ? NO_LANDMARKS : (JSON.parse(text) as Landmarks);
  };

  return {
    stage: staging.stage,
    flush: staging.flush,
    load: () => {
      const stored = readTexts(texts, damage, 'text');
      return { texts: stored.length === 0 ? [''] : ['', ...stored.slice(1)], streams: readStreams(streams, damage) };
    },
    seriesId: (key) => seriesIds.get(key),
    async registerSeries(keys) {
      const fresh = [...new Set(keys.filter((key) => !seriesIds.has(key)))];
      if (fresh.length === 0) return;
      const first = seriesIds.size;
      const records = fresh.map((key, index) => [first + index, sealText(key)] as const);
      await commit(environment, () => {
        for (const [id, record] of records) series.put(id, record);
      });
      fresh.forEach((key, index) => {
        seriesIds.set(key, first + index);
      });
    },
    get seriesCount() {
      return seriesIds.size;
    },
    landmarks: readLandmarks,
    putLandmarks: (landmarks) => {
      const record = sealText(JSON.stringify(landmarks));
      return commit(environment, () => {
        meta.put(LANDMARKS, record);
      });
    },
    close: () => environment.close(),
  };
};
