import { checkpointPath, readCheckpoint } from './checkpoint.ts';
import type { DecisionRecord } from './decision-record.ts';
import { type ChainTip, checkLine, type Damage, GENESIS, type Link } from './hash-chain.ts';
import { decodeUtf8, type Line, readLines } from './lines.ts';

interface BadRecord {
  readonly what: Damage;
  /** As the record says, or as it should have been where it says nothing. */
  readonly sequence: number | undefined;
  readonly id: string | undefined;
  /** From 1. */
  readonly line: number;
  /** Byte offset of the line. */
  readonly offset: number;
  readonly message: string;
}

export interface VerifyResult {
  readonly ok: boolean;
  /** Records before the first bad one. */
  readonly good: number;
  /** Where the good part ends: sequence and hash of its last record. */
  readonly tip: ChainTip;
  /** Bytes of the good part. */
  readonly goodBytes: number;
  readonly checkpoint: ChainTip | undefined;
  /** The first damage found. */
  readonly bad: BadRecord | undefined;
  /** One sentence for a person. */
  readonly summary: string;
}

export interface VerifyOptions {
  /** Called for each good record in order. */
  readonly onRecord?: (record: DecisionRecord, offset: number, length: number) => void;
  /** Set false for a copy of the log alone: the chain is checked, but a cut tail cannot be seen. */
  readonly requireCheckpoint?: boolean;
}

const checkFileLine = (line: Line, tip: ChainTip): Link => {
  const bad = (what: Damage, message: string): Link => ({ ok: false, what, message, sequence: tip.sequence + 1, id: undefined });
  if (line.tooLong) return bad('too-long', 'the line is longer than any record may be');
  if (!line.terminated)
    return bad('unterminated', `the last line has no line feed (${line.bytes.length} bytes): it was cut while being written`);
  const text = decodeUtf8(line.bytes);
  return text === undefined ? bad('not-json', 'the line is not UTF-8') : checkLine(text, tip);
};

const place = (bad: BadRecord): string =>
  `line ${bad.line}${bad.sequence === undefined ? '' : `, sequence ${bad.sequence}`}${bad.id === undefined ? '' : `, id ${bad.id}`}`;

const summarize = (good: number, bad: BadRecord | undefined, checkpoint: ChainTip | undefined): string => {
  const whole = `${good} ${good === 1 ? 'record' : 'records'} good`;
  if (bad !== undefined) return `${whole}, then ${bad.what} at ${place(bad)}: ${bad.message}`;
  if (checkpoint === undefined) return `${whole}; no checkpoint beside the log, so a cut tail cannot be excluded`;
  return `${whole}; the chain is whole up to the checkpoint at ${checkpoint.sequence}`;
};

/**
 * Reads a log from its first byte and names the first damage. Streams: memory does not grow with the log. May run
 * beside a writing agent; the checkpoint is read first, so that it can never be ahead of a healthy log.
 */
export const verify = async (path: string, options: VerifyOptions = {}): Promise<VerifyResult> => {
  const checkpoint = await readCheckpoint(checkpointPath(path));
  const known = checkpoint.kind === 'read' ? checkpoint.tip : undefined;
  let tip = GENESIS;
  let hashAtCheckpoint = known?.sequence === 0 ? GENESIS.hash : undefined;
  let goodBytes = 0;
  let lineNumber = 0;
  let bad: BadRecord | undefined;

  const lines = readLines(path);
  try {
    for await (const line of lines) {
      lineNumber = line.number;
      const link = checkFileLine(line, tip);
      if (!link.ok) {
        const { what, message, sequence, id } = link;
        bad = { what, message, sequence, id, line: line.number, offset: line.offset };
        break;
      }
      tip = link.tip;
      goodBytes = line.offset + line.bytes.length + 1;
      if (tip.sequence === known?.sequence) hashAtCheckpoint = tip.hash;
      options.onRecord?.(link.record, line.offset, line.bytes.length);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }

  const atEnd = (what: Damage, message: string, sequence?: number): BadRecord => ({
    what,
    message,
    sequence,
    id: undefined,
    line: lineNumber + 1,
    offset: goodBytes,
  });
  if (bad === undefined && checkpoint.kind === 'unreadable')
    bad = atEnd('checkpoint-unreadable', `the checkpoint cannot be read: ${checkpoint.why}`);
  if (bad === undefined && checkpoint.kind === 'missing' && tip.sequence > 0 && options.requireCheckpoint !== false) {
    bad = atEnd('checkpoint-missing', 'checkpoint.json is not beside the log, so a cut tail cannot be excluded');
  }
  if (bad === undefined && known !== undefined && known.sequence > tip.sequence) {
    bad = atEnd('truncated', `the log ends at ${tip.sequence}, the checkpoint knows ${known.sequence}`, tip.sequence + 1);
  }
  if (bad === undefined && known !== undefined && hashAtCheckpoint !== known.hash) {
    bad = atEnd(
      'checkpoint-mismatch',
      `record ${known.sequence} has another hash than the checkpoint knows: the log was rewritten`,
      known.sequence,
    );
  }
  return {
    ok: bad === undefined,
    good: tip.sequence,
    tip,
    goodBytes,
    checkpoint: known,
    bad,
    summary: summarize(tip.sequence, bad, known),
  };
};
