import type { Preset, Report } from "../../api/train";
import { Choices } from "./Choices";
import { problemOf } from "./order";
import styles from "./PresetChoice.module.css";

interface PresetChoiceProps {
  presets: readonly Preset[];
  value: string;
  report: Report | undefined;
  problem: string | undefined;
  onChange: (name: string) => void;
}

/** The presets at a glance; those that do not go with the folder say why. */
export function PresetChoice({ presets, value, report, problem, onChange }: PresetChoiceProps) {
  return (
    <div className={styles.presets}>
      <Choices
        legend="Preset"
        value={value}
        onChange={onChange}
        choices={presets.map((preset) => ({
          value: preset.name,
          label: preset.name,
          detail: detailOf(preset),
          problem: problemOf(preset.name, report),
        }))}
      />
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

function detailOf({ size, steps, batch }: Preset): string {
  return `${size.join(" × ")} px · ${steps.toLocaleString("en-GB")} steps of ${batch}`;
}
