/**
 * A zip of photos, for more of them than one form may carry. Photos are compressed already, so they are stored as they
 * are, and the zip only refers to the files: memory holds one of them at a time, while its checksum is made.
 */
import type { Photo } from "./pile";

/** Beyond this, zips have another form (ZIP64); a job's limit is below it. */
export const MOST_BYTES = 2 ** 32 - 2 ** 20;

export async function zipOf(photos: readonly Photo[], signal: AbortSignal): Promise<Blob> {
  const parts: BlobPart[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const { file, name } of photos) {
    signal.throwIfAborted();
    const entry = {
      name: new TextEncoder().encode(name),
      crc: crc32(new Uint8Array(await file.arrayBuffer())),
      bytes: file.size,
      time: dosTime(new Date(file.lastModified)),
    };
    const head = local(entry);
    parts.push(head, file);
    directory.push(central(entry, offset));
    offset += head.length + file.size;
  }
  const length = directory.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return new Blob([...parts, ...directory, end(photos.length, length, offset)], {
    type: "application/zip",
  });
}

interface Entry {
  name: Uint8Array<ArrayBuffer>;
  crc: number;
  bytes: number;
  time: number;
}

const UTF8 = 0x0800;
const VERSION = 20;

/** What both heads of an entry have in common, from the version that reads it to the length of its name. */
const common = ({ name, crc, bytes, time }: Entry): Field[] => [
  ...[u16(VERSION), u16(UTF8), u16(0), u32(time), u32(crc), u32(bytes), u32(bytes)],
  ...[u16(name.length), u16(0)],
];

function local(entry: Entry): Uint8Array<ArrayBuffer> {
  return packed([u32(0x04034b50), ...common(entry)], entry.name);
}

function central(entry: Entry, offset: number): Uint8Array<ArrayBuffer> {
  const rest = [u16(0), u16(0), u16(0), u32(0), u32(offset)];
  return packed([u32(0x02014b50), u16(VERSION), ...common(entry), ...rest], entry.name);
}

function end(entries: number, length: number, offset: number): Uint8Array<ArrayBuffer> {
  const counts = [u16(0), u16(0), u16(entries), u16(entries)];
  return packed([u32(0x06054b50), ...counts, u32(length), u32(offset), u16(0)]);
}

type Field = readonly [value: number, bytes: 2 | 4];
const u16 = (value: number): Field => [value, 2];
const u32 = (value: number): Field => [value, 4];

/** Numbers one after the other, the low byte first, and a name behind them. */
function packed(fields: Field[], name = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const length = fields.reduce((sum, [, bytes]) => sum + bytes, 0);
  const packing = new Uint8Array(length + name.length);
  const view = new DataView(packing.buffer);
  let at = 0;
  for (const [value, bytes] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  packing.set(name, at);
  return packing;
}

/** Time in the low half, date in the high one; zips know no time before 1980. */
function dosTime(date: Date): number {
  const year = Math.max(0, date.getFullYear() - 1980);
  const day = (year << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  const time =
    (date.getHours() << 11) | (date.getMinutes() << 5) | Math.floor(date.getSeconds() / 2);
  return ((day << 16) | time) >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

export function crc32(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
