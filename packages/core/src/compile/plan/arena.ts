import { elementBytes, type Buffer, type Program } from "../ir.js";
import { livesOf, type Life } from "./lives.js";
import { share } from "./share.js";

/** Every address is a multiple of this: two vectors. */
const ALIGNMENT = 32;
/** Kernels may read, not write, up to this many bytes behind the end of what they read. */
const OVERREAD = 64;
/** Bytes at address 0 for the addresses that a call of the host passes. */
export const MAILBOX = 1024;

/** How the memory of a program is laid out. */
export interface Arena {
  /** Bytes of all memory. */
  readonly bytes: number;
  /** Bytes of inputs and constants, which share their memory with nothing. */
  readonly lasting: number;
  /** The most bytes of other buffers that hold something at once: no plan can do with less. */
  readonly live: number;
  /** Where kernels have memory for their own use. */
  readonly scratch: number;
  /** Where the control block of threads is. */
  readonly control: number;
}

/**
 * Gives every buffer an address. Buffers that are never alive together share memory. Tests leave `guard` bytes between
 * buffers, in which nobody may write.
 */
export function planArena(program: Program, scratchBytes: number, guard = 0, controlBytes = 0): Arena {
  let top = MAILBOX;
  const reserve = (bytes: number): number => {
    const at = top;
    top += align(bytes + guard);
    return at;
  };
  const control = top;
  top += align(controlBytes);
  const scratch = reserve(scratchBytes);
  const inputs = top;
  for (const buffer of [...program.inputs, ...program.constants.map(({ buffer }) => buffer)]) {
    buffer.address = reserve(bytesOf(buffer));
  }
  const lasting = top - inputs;
  const lives = livesOf(program);
  const { offsets, height } = share(
    lives.map(({ buffer, start, end }) => ({ bytes: align(bytesOf(buffer) + guard), start, end })),
  );
  lives.forEach(({ buffer }, i) => (buffer.address = top + (offsets[i] ?? 0)));
  return { bytes: top + height + OVERREAD, lasting, live: mostLive(lives), scratch, control };
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function bytesOf({ elements, dtype }: Buffer): number {
  return elements * elementBytes[dtype];
}

function mostLive(lives: readonly Life[]): number {
  const changes = lives.flatMap(({ buffer, start, end }) => [
    { position: start, bytes: align(bytesOf(buffer)) },
    { position: end + 1, bytes: -align(bytesOf(buffer)) },
  ]);
  changes.sort((a, b) => a.position - b.position || a.bytes - b.bytes);
  let [now, most] = [0, 0];
  for (const { bytes } of changes) {
    now += bytes;
    most = Math.max(most, now);
  }
  return most;
}
