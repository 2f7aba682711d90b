import { type KeyboardEvent, memo } from "react";
import type { JobItem } from "../../api/jobs";
import { useThumbnail } from "../../api/thumbnails";
import { Icon } from "../../components/Icon";
import styles from "./Tile.module.css";

interface TileProps {
  photo: JobItem | undefined;
  place: number;
  /** Its place among those that are shown. */
  number: number;
  isStop: boolean;
  onOpen: (place: number) => void;
  onKeyDown: (event: KeyboardEvent, number: number) => void;
}

/** A photo of a job: not dealt with yet, edited, or failed. */
export const Tile = memo(
  function Tile({ photo, place, number, isStop, onOpen, onKeyDown }: TileProps) {
    const { url, failed } = useThumbnail(photo?.result_url ?? null);
    return (
      <button
        type="button"
        className={styles.tile}
        data-state={photo?.state ?? "queued"}
        data-place={number}
        tabIndex={isStop ? 0 : -1}
        aria-disabled={!photo}
        aria-label={labelOf(photo, place)}
        onClick={() => photo && onOpen(place)}
        onKeyDown={(event) => onKeyDown(event, number)}
      >
        {url && <img src={url} alt="" draggable={false} />}
        {!url && <Substitute photo={photo} place={place} failed={failed} />}
      </button>
    );
  },
  (old, now) =>
    old.photo === now.photo &&
    old.number === now.number &&
    old.isStop === now.isStop &&
    old.onKeyDown === now.onKeyDown,
);

/** What is seen in place of a picture. */
function Substitute({
  photo,
  place,
  failed,
}: Pick<TileProps, "photo" | "place"> & { failed: boolean }) {
  if (photo?.state === "failed") {
    return (
      <>
        <Icon name="alert" />
        <span>{photo.filename}</span>
      </>
    );
  }
  if (failed && photo) return <span>{photo.filename}</span>;
  return <span>{place + 1}</span>;
}

function labelOf(photo: JobItem | undefined, place: number): string {
  if (!photo) return `Photo ${place + 1}, not edited yet`;
  return photo.state === "failed" ? `${photo.filename}, failed` : `Open ${photo.filename}`;
}
