import type { Job } from "../../api/jobs";
import { Chip } from "../../components/Chip";
import { stateName, stateTone } from "./words";

export function RunChip({ state }: { state: Job["state"] }) {
  return <Chip tone={stateTone(state)}>{stateName(state)}</Chip>;
}
