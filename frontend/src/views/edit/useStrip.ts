/** This photo's edits so far, small, to go back to. */
import { useEffect, useState } from "react";
import { makeThumbnail } from "./preview";
import { isSame, type Settings } from "./settings";
import type { Editing } from "./useEditing";

export interface Kept {
  settings: Settings;
  thumbnail: Blob;
  description: string;
}

/** An edit that was looked at for so long is kept; not each that a slider passes. */
const SEEN_MS = 600;
const SIDE = 160;
const MOST = 40;

export function useStrip(
  { result, isWorking }: Editing,
  settings: Settings,
  description: string,
): readonly Kept[] {
  const [kept, setKept] = useState<readonly Kept[]>([]);
  const image = isWorking ? undefined : result?.image;
  useEffect(() => {
    if (!image) return;
    let isGone = false;
    const timer = setTimeout(async () => {
      const thumbnail = await makeThumbnail(image, SIDE);
      if (isGone) return;
      setKept((before) =>
        before.some((each) => isSame(each.settings, settings))
          ? before
          : [...before, { settings, thumbnail, description }].slice(-MOST),
      );
    }, SEEN_MS);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [image, settings, description]);
  return kept;
}
