import { lazy, Suspense, useCallback, useState } from "react";
import type { Sample } from "../../api/photos";
import { useDomain, useSamplePhoto } from "../../api/queries";
import { Editor } from "./Editor";
import { useStartOver } from "./hooks";
import { PhotoDrop, TakePhoto } from "./PhotoDrop";
import { asAligned, type Photo, photoOf, photoOfFile } from "./photo";
import { Samples } from "./Samples";
import { forgetFace } from "./useSettings";
import { DrawButton, Welcome } from "./Welcome";
import { isDrawable, SAMPLED } from "./words";

const DrawView = lazy(() => import("../edges/DrawView"));

/** Photos of one domain; another one begins anew. */
export function EditView({ domain }: { domain: string }) {
  return <Begin key={domain} name={domain} />;
}

/** One photo at a time: from wherever it comes, to the editor. */
function Begin({ name }: { name: string }) {
  const [photo, setPhoto] = useState<Photo | null>(null);
  const [draws, setDraws] = useState(false);
  const [tooMany, setTooMany] = useState(false);
  const serving = useDomain(name);
  const sample = useSamplePhoto();
  const { reset: leaveSample } = sample;
  // What was chosen last counts: a sample that is still on its way is no longer waited for.
  const show = useCallback(
    (shown: Photo | null, isDrawing = false) => {
      leaveSample();
      setTooMany(false);
      setDraws(isDrawing);
      setPhoto(shown);
    },
    [leaveSample],
  );
  const isFirst = photo === null;
  const open = useCallback(
    (opened: Photo) => {
      if (!isFirst) forgetFace();
      show(opened);
    },
    [isFirst, show],
  );
  useStartOver(useCallback(() => show(null), [show]));
  const take = useCallback(
    (files: File[]) => {
      const [file] = files;
      if (file && files.length === 1) open(photoOfFile(file));
      else setTooMany(files.length > 1);
    },
    [open],
  );

  const openSample = (picked: Sample) =>
    sample.mutate(picked, {
      onSuccess: (blob) =>
        open(photoOf(blob, picked.title, { credit: picked.credit, sample: picked.name })),
    });

  const onDraw = isDrawable(serving.data) ? () => show(photo, true) : null;
  const samples = name === SAMPLED && (
    <Samples
      large={isFirst}
      current={photo?.sample ?? null}
      opening={sample.isPending ? sample.variables.name : null}
      error={sample.error}
      onPick={openSample}
    />
  );

  return (
    <PhotoDrop tooMany={tooMany} onFiles={take}>
      {draws && serving.data ? (
        <Suspense fallback={null}>
          <DrawView domain={serving.data} onLeave={() => setDraws(false)} />
        </Suspense>
      ) : photo ? (
        <Editor
          key={photo.id}
          name={name}
          photo={photo}
          serving={serving}
          others={
            <>
              {samples}
              <div>
                <TakePhoto look="quiet" />
                {onDraw && <DrawButton look="quiet" onDraw={onDraw} />}
              </div>
            </>
          }
          onAligned={() => show(asAligned(photo))}
        />
      ) : (
        <Welcome name={name} serving={serving} samples={samples} onDraw={onDraw} />
      )}
    </PhotoDrop>
  );
}
