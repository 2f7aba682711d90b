/** Small pictures of large ones: a few are fetched at once, the newest are kept, and no more than that. */
import { useEffect, useReducer, useState, useSyncExternalStore } from "react";
import { getBlob } from "./client";
import { onKeyChange, readKey } from "./key";
import { onReturn } from "./reach";

/** Of the longer side of the screen's largest tile, twice for fine screens. */
const SIDE = 360;
/** A file of fewer bytes is as small as its thumbnail would be. */
const SMALL_BYTES = 48 * 1024;

type Make = (address: string, signal: AbortSignal) => Promise<Blob>;

export class Thumbnails {
  private readonly kept = new Map<string, Blob>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(
    private readonly make: Make,
    private readonly most = 400,
    private readonly atOnce = 3,
  ) {}

  get size(): number {
    return this.kept.size;
  }

  async get(address: string, signal: AbortSignal): Promise<Blob> {
    const kept = this.kept.get(address);
    if (kept) return this.keep(address, kept);
    await this.turn();
    try {
      // Whoever scrolled on while this waited has no use for it any more.
      signal.throwIfAborted();
      return this.keep(address, await this.make(address, signal));
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  /** Waits until one of the few places is free; whoever leaves hands theirs on. */
  private async turn(): Promise<void> {
    if (this.running < this.atOnce) this.running += 1;
    else await new Promise<void>((go) => this.waiting.push(go));
  }

  /** A map remembers the order in which its entries came, so its first is the one not used for longest. */
  private keep(address: string, thumbnail: Blob): Blob {
    this.kept.delete(address);
    this.kept.set(address, thumbnail);
    const [oldest] = this.kept.keys();
    if (this.kept.size > this.most && oldest !== undefined) this.kept.delete(oldest);
    return thumbnail;
  }
}

/** A photo made small; the browser decodes it off the page's own thread. */
async function thumbnailOf(photo: Blob): Promise<Blob> {
  if (photo.size <= SMALL_BYTES) return photo;
  const bitmap = await createImageBitmap(photo, { resizeWidth: SIDE, resizeQuality: "medium" });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
}

/** What nobody has read yet may be no photo at all. */
async function thumbnailOfFile(file: Blob): Promise<Blob> {
  if (file.size <= SMALL_BYTES) (await createImageBitmap(file)).close();
  return thumbnailOf(file);
}

const thumbnails = new Thumbnails(async (address, signal) =>
  thumbnailOf(await getBlob(address, signal)),
);

export interface Thumbnail {
  url?: string;
  failed: boolean;
}

/** The thumbnail at an address for as long as it is shown; its object URL is given back afterwards. */
export function useThumbnail(address: string | null): Thumbnail {
  return useSmall(address, thumbnails.get.bind(thumbnails));
}

/** The same of a file that has not been sent yet. */
export function useFileThumbnail(file: File): Thumbnail {
  return useSmall(file, thumbnailOfFile);
}

function useSmall<Source>(
  source: Source | null,
  make: (source: Source, signal: AbortSignal) => Promise<Blob>,
): Thumbnail {
  const key = useSyncExternalStore(onKeyChange, readKey);
  const [thumbnail, setThumbnail] = useState<Thumbnail>({ failed: false });
  const [round, again] = useReducer((before: number) => before + 1, 0);
  const { failed } = thumbnail;
  useEffect(() => (failed ? onReturn(again) : undefined), [failed]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `make` is one of two functions above; the others are reasons to try again
  useEffect(() => {
    if (source === null) return;
    const leaving = new AbortController();
    let url: string | undefined;
    make(source, leaving.signal)
      .then((blob) => {
        if (leaving.signal.aborted) return;
        url = URL.createObjectURL(blob);
        setThumbnail({ url, failed: false });
      })
      .catch(() => {
        if (!leaving.signal.aborted) setThumbnail({ failed: true });
      });
    return () => {
      leaving.abort();
      if (url) URL.revokeObjectURL(url);
    };
  }, [source, key, round]);
  return thumbnail;
}
