import { useCallback, useState } from "react";
import type { Sample } from "../../api/faces";
import { useFaces, useSamplePhoto } from "../../api/queries";
import { Editor } from "./Editor";
import { PhotoDrop } from "./PhotoDrop";
import { asAligned, type Photo, photoOf, photoOfFile } from "./photo";
import { Samples } from "./Samples";
import { Welcome } from "./Welcome";

/** One photo at a time: from wherever it comes, to the editor. */
export function EditView({ domain: _ }: { domain: string }) {
  const [photo, setPhoto] = useState<Photo | null>(null);
  const faces = useFaces();
  const sample = useSamplePhoto();
  const openFile = useCallback((file: File) => setPhoto(photoOfFile(file)), []);

  const openSample = (picked: Sample) =>
    sample.mutate(picked, {
      onSuccess: (blob) =>
        setPhoto(photoOf(blob, picked.title, { credit: picked.credit, sample: picked.name })),
    });

  const samples = (
    <Samples
      large={photo === null}
      current={photo?.sample ?? null}
      opening={sample.isPending ? sample.variables.name : null}
      error={sample.error}
      onPick={openSample}
    />
  );

  return (
    <PhotoDrop onFile={openFile}>
      {photo ? (
        <Editor
          key={photo.id}
          photo={photo}
          faces={faces}
          samples={samples}
          onAligned={() => setPhoto(asAligned(photo))}
        />
      ) : (
        <Welcome faces={faces} samples={samples} />
      )}
    </PhotoDrop>
  );
}
