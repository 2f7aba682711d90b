/** A drawing, filled in while it is drawn. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Domain, translate } from "../../api/photos";
import { useCatchUp } from "../edit/hooks";
import { isEmpty, pictureOf, type Stroke } from "./strokes";

export interface Drawing {
  strokes: readonly Stroke[];
  /** The pad's side in pixels, which the strokes are told in. */
  pad: number;
  /** Whether the pen is on the paper. */
  isMoving: boolean;
  /** Counts changes, to tell drawings apart without comparing them. */
  revision: number;
}

export function useFilledIn(domain: Domain, into: string, drawing: Drawing) {
  const [sent, send] = useState(drawing);
  const filled = useQuery({
    queryKey: ["drawing", domain.name, domain.release?.digest, into, sent.revision],
    queryFn: async ({ signal }) => {
      if (isEmpty(sent.strokes)) return null;
      const blob = await pictureOf(sent.strokes, sent.pad);
      const wanted = { changes: { [into]: true }, strengths: {}, face: "all" } as const;
      return translate(domain, { blob, aligned: false }, wanted, "png", signal);
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0, // revisions count from 0 whenever somebody begins to draw
    placeholderData: (previous) => previous,
  });
  useCatchUp(drawing, sent, send, filled.isFetching, drawing.isMoving);
  return { filled, isCurrent: drawing === sent && !filled.isFetching };
}
