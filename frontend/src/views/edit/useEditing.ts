/** From a photo and what is set for it to its edit: the one place where the requests meet. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ApiError } from "../../api/errors";
import type { Domain, Edit, FaceList, PhotoAttributes, Wanted } from "../../api/photos";
import {
  type Serving,
  type Subject,
  useAskAgain,
  useAttributes,
  useEdit,
  useFoundFaces,
} from "../../api/queries";
import { useCatchUp } from "./hooks";
import { type Photo, tooLarge } from "./photo";
import { makePreview, type Preview } from "./preview";
import { faceIn, wantedOf } from "./settings";
import type { Setting } from "./useSettings";

const UNCHANGED: Wanted = { changes: {}, strengths: {}, face: "all" };
const TOO_LARGE = 413;

export interface Editing {
  preview: Preview | undefined;
  /** What is asked about: the preview, under the photo's id. */
  subject: Subject | undefined;
  faces: FaceList | null | undefined;
  source: PhotoAttributes | undefined;
  wanted: Wanted;
  result: Edit | null | undefined;
  isReading: boolean;
  isWorking: boolean;
  readError: Error | null;
  editError: Error | null;
  /** Why it is not known whose faces there are, which keeps nobody from editing. */
  facesError: Error | null;
  /** Asks again for all that failed. */
  retry: () => void;
}

export function useEditing(
  photo: Photo,
  serving: Serving,
  { settings, isMoving }: Pick<Setting, "settings" | "isMoving">,
): Editing {
  const domain = serving.data;
  const preview = usePreview(photo, domain);
  const refusal = useMemo(
    () => refusalOf(photo, preview.data, domain),
    [photo, preview.data, domain],
  );
  const subject = useMemo(
    () =>
      preview.data && !refusal
        ? { id: photo.id, aligned: photo.aligned, blob: preview.data.blob }
        : undefined,
    [photo, preview.data, refusal],
  );
  const found = useFoundFaces(subject, domain);
  const faces = found.data;
  const face = faceIn(settings.face, faces);
  const attributes = useAttributes(subject, domain, face);
  const source = attributes.data;
  const wanted = useMemo(
    () =>
      domain && source ? wantedOf({ ...settings, face }, source.attributes, domain) : UNCHANGED,
    [settings, face, source, domain],
  );
  const [sent, send] = useState(wanted);
  const edit = useEdit(subject, domain, sent);
  useCatchUp(wanted, sent, send, edit.isFetching, isMoving);

  const isChanged = Object.keys(wanted.changes).length > 0;
  const isWorking = isChanged && (wanted !== sent || edit.isFetching);
  const serviceError = domain ? null : serving.failureReason;
  const readError = refusal ?? serviceError ?? preview.error ?? attributes.error;
  const failed = [preview, found, attributes, edit].filter(({ error }) => error);
  const askAgain = useAskAgain();
  return {
    preview: preview.data,
    subject,
    faces,
    source,
    wanted,
    result: isChanged && !edit.error ? edit.data : null,
    isReading: attributes.isFetching || (!source && !readError),
    isWorking,
    readError: attributes.isFetching ? null : readError,
    editError: isChanged && !isWorking ? edit.error : null,
    facesError: found.error,
    retry: serviceError ? askAgain : () => failed.forEach(({ refetch }) => void refetch()),
  };
}

function usePreview(photo: Photo, domain: Domain | undefined) {
  const canSend = !domain || tooLarge(photo, null, domain) === null;
  return useQuery({
    queryKey: ["preview", photo.id],
    queryFn: ({ signal }) => makePreview(photo.blob, canSend, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

function refusalOf(
  photo: Photo,
  preview: Preview | undefined,
  domain: Domain | undefined,
): ApiError | null {
  const sentence = domain ? tooLarge(photo, preview?.size ?? null, domain) : null;
  return sentence ? new ApiError(sentence, "image_too_many_bytes", TOO_LARGE) : null;
}
