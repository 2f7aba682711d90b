import { useEffect, useRef } from "react";
import { useObjectUrl } from "../../components/useObjectUrl";
import styles from "./Strip.module.css";
import { isSame, NOTHING, type Settings } from "./settings";
import type { Kept } from "./useStrip";

interface StripProps {
  /** Where the photo is left as it is as long as nothing is set. */
  original: Blob | undefined;
  kept: readonly Kept[];
  settings: Settings;
  onSettings: (settings: Settings) => void;
}

/** The photo and its edits so far; each can be gone back to. */
export function Strip({ original, kept, settings, onSettings }: StripProps) {
  const list = useRef<HTMLUListElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the newest is brought into sight when there is one more
  useEffect(() => {
    if (list.current) list.current.scrollLeft = list.current.scrollWidth;
  }, [kept.length]);
  if (kept.length === 0) return null;
  const first = { settings: { ...NOTHING, face: settings.face }, description: "the original" };
  return (
    <section className={styles.strip} aria-labelledby="strip-title">
      <h2 id="strip-title">Edits of this photo</h2>
      <ul ref={list}>
        {(original ? [{ ...first, thumbnail: original }, ...kept] : kept).map((each) => (
          <li key={each.description + JSON.stringify(each.settings)}>
            <Thumbnail
              image={each.thumbnail}
              label={`Go back to ${each.description}`}
              isShown={isSame(each.settings, settings)}
              onClick={() => onSettings(each.settings)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface ThumbnailProps {
  image: Blob;
  label: string;
  isShown: boolean;
  onClick: () => void;
}

function Thumbnail({ image, label, isShown, onClick }: ThumbnailProps) {
  const url = useObjectUrl(image);
  return (
    <button
      type="button"
      className={styles.thumbnail}
      aria-label={label}
      aria-pressed={isShown}
      title={label}
      onClick={onClick}
    >
      {url && <img src={url} alt="" decoding="async" />}
    </button>
  );
}
