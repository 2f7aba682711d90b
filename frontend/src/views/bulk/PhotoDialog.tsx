import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { getBlob } from "../../api/client";
import { Button, ButtonLink } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Notice";
import { useObjectUrl } from "../../components/useObjectUrl";
import { count } from "../../components/words";
import styles from "./PhotoDialog.module.css";
import { neighbour, type Photos } from "./photos";
import { savedName } from "./words";

interface PhotoDialogProps {
  place: number;
  /** Those among which one goes to and fro. */
  places: readonly number[];
  photos: Photos;
  onPlace: (place: number) => void;
  onClose: () => void;
}

/** One photo large; arrow keys lead to the next. */
export function PhotoDialog({ place, places, photos, onPlace, onClose }: PhotoDialogProps) {
  const photo = photos.items[place];
  const before = neighbour(places, photos, place, -1);
  const after = neighbour(places, photos, place, 1);
  useEffect(() => {
    const press = ({ key }: KeyboardEvent) => {
      if (key === "ArrowLeft") onPlace(before);
      if (key === "ArrowRight") onPlace(after);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [before, after, onPlace]);
  if (!photo) return null;
  return (
    <Dialog title={photo.filename} wide onClose={onClose}>
      <div className={styles.stage}>
        {photo.result_url ? (
          <Picture key={place} url={photo.result_url} filename={photo.filename} />
        ) : (
          <p className={styles.reason}>{photo.error ?? "This photo is not edited yet."}</p>
        )}
      </div>
      <nav className={styles.steps} aria-label="Photos of this job">
        <Button disabled={before === place} onClick={() => onPlace(before)}>
          ← Previous
        </Button>
        <span>
          {count(places.indexOf(place) + 1)} of {count(places.length)}
        </span>
        <Button disabled={after === place} onClick={() => onPlace(after)}>
          Next →
        </Button>
      </nav>
    </Dialog>
  );
}

function Picture({ url: address, filename }: { url: string; filename: string }) {
  const photo = useQuery({
    queryKey: ["bulk", "photo", address],
    queryFn: ({ signal }) => getBlob(address, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 20_000, // a few full photos at a time are enough
  });
  const url = useObjectUrl(photo.data);
  if (photo.error) {
    return (
      <Notice
        title="The photo could not be fetched"
        error={photo.error}
        onRetry={() => void photo.refetch()}
      />
    );
  }
  if (!url || !photo.data) return <p className={styles.loading}>Loading…</p>;
  return (
    <>
      <img src={url} alt={`Edited: ${filename}`} />
      <ButtonLink href={url} download={savedName(filename, photo.data.type)}>
        <Icon name="download" />
        Download
      </ButtonLink>
    </>
  );
}
