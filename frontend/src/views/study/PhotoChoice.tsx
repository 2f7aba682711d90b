import { type ReactNode, useMemo } from "react";
import { useDropzone } from "react-dropzone";
import { isZip } from "../../api/studies";
import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { Section } from "../../components/Page";
import { plural } from "../../components/words";
import { useThumbnails } from "./hooks";
import styles from "./Study.module.css";

const SHOWN = 24; // thumbnails; of more photos a number says how many

interface PhotoChoiceProps {
  photos: File[];
  onPhotos: (photos: File[]) => void;
  children: ReactNode;
}

/** The photos of a study, or one zip of them: a zip takes the place of photos, and the other way round. */
export function PhotoChoice({ photos, onPhotos, children }: PhotoChoiceProps) {
  const take = (files: File[]) => {
    const zip = files.find(isZip);
    if (zip) onPhotos([zip]);
    else if (files.length > 0) onPhotos([...photos.filter((photo) => !isZip(photo)), ...files]);
  };
  const drop = useDropzone({ onDrop: take, noClick: true, noKeyboard: true });
  return (
    <Section
      title="Photos"
      note="Voters see them reduced to 1024 pixels; nothing else in the files is kept."
    >
      <div
        {...drop.getRootProps({
          className: styles.drop,
          role: "presentation",
          "data-over": drop.isDragActive || undefined,
        })}
      >
        <input
          {...drop.getInputProps({
            accept: "image/jpeg,image/png,image/webp,image/heic,.zip",
            multiple: true,
            "aria-label": "Photos of the study",
          })}
        />
        <p className={styles.muted}>Drop photos here, or a zip of them</p>
        <Button onClick={drop.open}>
          <Icon name="photo" />
          Choose photos
        </Button>
      </div>
      {photos.length > 0 && <Chosen photos={photos} onPhotos={onPhotos} />}
      {children}
    </Section>
  );
}

function Chosen({ photos, onPhotos }: Pick<PhotoChoiceProps, "photos" | "onPhotos">) {
  const shown = useMemo(() => photos.slice(0, SHOWN), [photos]);
  const thumbnails = useThumbnails(shown);
  return (
    <>
      <div className={styles.chosen}>
        <p aria-live="polite">
          {photos.some(isZip) ? photos[0]?.name : plural(photos.length, "photo")}
        </p>
        <Button look="quiet" onClick={() => onPhotos([])}>
          Remove all
        </Button>
      </div>
      <ul className={styles.thumbs}>
        {shown
          .filter((photo) => !isZip(photo))
          .map((photo, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two files may have the same name
            <li key={`${index} ${photo.name}`}>
              <img src={thumbnails.get(photo)} alt="" />
              <button
                type="button"
                aria-label={`Remove ${photo.name}`}
                onClick={() => onPhotos(photos.filter((each) => each !== photo))}
              >
                ×
              </button>
            </li>
          ))}
        {photos.length > SHOWN && <li className={styles.more}>+{photos.length - SHOWN}</li>}
      </ul>
    </>
  );
}
