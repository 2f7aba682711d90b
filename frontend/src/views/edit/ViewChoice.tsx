import { Icon } from "../../components/Icon";
import { Segmented } from "../../components/Segmented";

/** How the original and the edit are compared. */
export type View = "slider" | "both" | "hold";

const OPTIONS = [
  { value: "slider" as const, label: "Slider", icon: <Icon name="slider" /> },
  { value: "both" as const, label: "Side by side", icon: <Icon name="columns" /> },
  { value: "hold" as const, label: "Hold to see", icon: <Icon name="hold" /> },
];

interface ViewChoiceProps {
  view: View;
  disabled: boolean;
  onView: (view: View) => void;
}

export function ViewChoice({ view, disabled, onView }: ViewChoiceProps) {
  return (
    <Segmented
      legend="How to compare"
      quiet
      disabled={disabled}
      options={OPTIONS}
      value={view}
      onChange={onView}
    />
  );
}
