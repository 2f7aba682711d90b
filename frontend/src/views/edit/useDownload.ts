/** The edit at full resolution, made of the file itself when somebody wants to have it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import {
  type Domain,
  type Face,
  type FaceList,
  type Format,
  findFaces,
  translate,
} from "../../api/photos";
import { save } from "../../components/save";
import { nearestFace } from "./faces";
import type { Photo } from "./photo";
import type { Editing } from "./useEditing";

const KEEP_MS = 60_000;

export function useDownload(
  photo: Photo,
  domain: Domain | undefined,
  { wanted, faces, preview }: Editing,
  format: Format,
) {
  const queries = useQueryClient();
  const release = domain?.release?.digest;
  return useMutation({
    networkMode: "always",
    mutationFn: async (filename: string) => {
      if (!domain) return;
      const edit = await queries.fetchQuery({
        queryKey: ["full", domain.name, photo.id, release, wanted, format],
        queryFn: async ({ signal }) => {
          const face = preview?.reduced
            ? await faceInFile(photo, domain, wanted.face, faces, signal)
            : wanted.face;
          return translate(domain, photo, { ...wanted, face }, format, signal);
        },
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: KEEP_MS,
      });
      save(edit.image, filename);
    },
  });
}

/** In the preview two faces of about the same size may be listed the other way round. */
async function faceInFile(
  photo: Photo,
  domain: Domain,
  face: Face,
  seen: FaceList | null | undefined,
  signal: AbortSignal,
): Promise<Face> {
  if (face === "all" || !seen || seen.faces.length < 2) return face;
  return nearestFace(seen, face, await findFaces(domain, photo, signal));
}
