/** From a photo and what is wished of it to the edited photo: the one place where the two requests meet. */
import { useMemo } from "react";
import { ApiError } from "../../api/errors";
import type { Changes, Domain, Edit, FaceAttributes, Format } from "../../api/faces";
import { type Faces, useAskAgain, useAttributes, useEdit } from "../../api/queries";
import { changesOf, type Wishes } from "./changes";
import { useSettled } from "./hooks";
import { type Photo, tooLarge } from "./photo";

const SETTLE_MS = 250;
const TOO_LARGE = 413;

export interface Editing {
  source: FaceAttributes | undefined;
  changes: Changes;
  result: Edit | null | undefined;
  isReading: boolean;
  isWorking: boolean;
  readError: Error | null;
  editError: Error | null;
  retry: () => void;
}

export function useEditing(photo: Photo, faces: Faces, wishes: Wishes, format: Format): Editing {
  const digest = faces.data?.release?.digest;
  const refusal = useMemo(() => refusalOf(photo, faces.data), [photo, faces.data]);
  const attributes = useAttributes(photo, digest, faces.data !== undefined && !refusal);
  const source = attributes.data;
  const changes = useMemo(
    () => (source ? changesOf(wishes, source.attributes) : {}),
    [wishes, source],
  );
  const [settled, isSettled] = useSettled(changes, SETTLE_MS);
  const edit = useEdit(photo, digest, settled, format);

  const isChanged = Object.keys(changes).length > 0;
  const isWorking = isChanged && (!isSettled || edit.isFetching);
  const serviceError = faces.data ? null : faces.failureReason;
  const readError = refusal ?? serviceError ?? attributes.error;
  const failing = readError ? attributes : edit;
  const askAgain = useAskAgain();
  return {
    source,
    changes,
    result: isChanged && !edit.error ? edit.data : null,
    isReading: attributes.isFetching || (!source && !readError),
    isWorking,
    readError: attributes.isFetching ? null : readError,
    editError: isChanged && !isWorking ? edit.error : null,
    retry: serviceError ? askAgain : () => void failing.refetch(),
  };
}

function refusalOf(photo: Photo, domain: Domain | undefined): ApiError | null {
  const sentence = domain ? tooLarge(photo, domain) : null;
  return sentence ? new ApiError(sentence, "image_too_many_bytes", TOO_LARGE) : null;
}
