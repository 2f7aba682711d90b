import type { Study } from "../../api/studies";
import { Chip } from "../../components/Chip";
import { stateText, toneOf } from "./words";

export function StudyChip({ study }: { study: Study }) {
  return <Chip tone={toneOf(study.state)}>{stateText(study)}</Chip>;
}
