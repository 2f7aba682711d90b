import type { JobLimits } from "../../api/bulk";
import { useFileThumbnail } from "../../api/thumbnails";
import { Button } from "../../components/Button";
import { PickFiles } from "../../components/DropArea";
import { Icon } from "../../components/Icon";
import { count, plural } from "../../components/words";
import { PickFolder } from "./PickFolder";
import styles from "./PileCard.module.css";
import {
  add,
  bytesOf,
  isEmpty,
  NOTHING,
  type Photo,
  type Pile,
  refusal,
  remarks,
  size,
  without,
} from "./pile";

interface PileCardProps {
  pile: Pile;
  onPile: (pile: Pile) => void;
  limits: JobLimits | undefined;
  maxBytes: number | undefined;
  disabled: boolean;
}

/** A few of them are shown, since each has to be read and decoded for it. */
const SHOWN = 24;

/** Where photos come in, and what has been put together. */
export function PileCard({ pile, onPile, limits, maxBytes, disabled }: PileCardProps) {
  const addFiles = (files: File[]) => onPile(add(pile, files));
  if (isEmpty(pile)) {
    return (
      <section className={styles.empty} aria-label="Photos">
        <p className={styles.title}>Drop photos, a folder or a zip</p>
        <div className={styles.actions}>
          <PickFiles look="primary" label="Choose photos" />
          <PickFolder onFiles={addFiles} />
        </div>
        <p className={styles.hint}>{limitWords(limits, maxBytes)}</p>
        <Remarks pile={pile} limits={limits} maxBytes={maxBytes} />
      </section>
    );
  }
  return (
    <section className={styles.card} aria-labelledby="pile-title">
      <header className={styles.header}>
        <div>
          <h2 id="pile-title">{titleOf(pile)}</h2>
          <p>{size(bytesOf(pile))}</p>
        </div>
        {!disabled && (
          <div className={styles.actions}>
            <PickFiles look="plain" label="Add photos" />
            <Button look="quiet" onClick={() => onPile(NOTHING)}>
              Remove all
            </Button>
          </div>
        )}
      </header>
      <Remarks pile={pile} limits={limits} maxBytes={maxBytes} />
      {pile.archive ? (
        <p className={styles.archive}>
          <Icon name="download" />
          The photos in the zip are shown once they are edited.
        </p>
      ) : (
        <ul className={styles.photos}>
          {pile.photos.slice(0, SHOWN).map((photo) => (
            <Tile
              key={`${photo.name}${photo.file.lastModified}${photo.file.size}`}
              photo={photo}
              onRemove={disabled ? null : () => onPile(without(pile, photo))}
            />
          ))}
          {pile.photos.length > SHOWN && (
            <li className={styles.more}>and {count(pile.photos.length - SHOWN)} more</li>
          )}
        </ul>
      )}
    </section>
  );
}

function Tile({ photo, onRemove }: { photo: Photo; onRemove: (() => void) | null }) {
  const { url } = useFileThumbnail(photo.file);
  return (
    <li className={styles.tile}>
      {url ? <img src={url} alt={photo.name} /> : <span>{photo.name}</span>}
      {onRemove && (
        <button type="button" aria-label={`Remove ${photo.name}`} onClick={onRemove}>
          ×
        </button>
      )}
    </li>
  );
}

function Remarks({ pile, limits, maxBytes }: Pick<PileCardProps, "pile" | "limits" | "maxBytes">) {
  const refused = limits && refusal(pile, limits);
  const said = remarks(pile, maxBytes ?? Number.POSITIVE_INFINITY);
  return (
    <>
      {refused && (
        <p className={styles.refused} role="alert">
          {refused}
        </p>
      )}
      {said.map((remark) => (
        <p key={remark} className={styles.hint} role="status">
          {remark}
        </p>
      ))}
    </>
  );
}

function titleOf({ archive, photos }: Pile): string {
  return archive ? archive.name : plural(photos.length, "photo");
}

function limitWords(limits: JobLimits | undefined, maxBytes: number | undefined): string {
  const formats = "JPEG, PNG, WebP or HEIC";
  if (!limits || !maxBytes) return formats;
  return `${formats}; up to ${count(limits.max_photos)} photos of ${size(maxBytes)} each, ${size(limits.max_bytes)} together.`;
}
