import { Button } from "../../components/Button";
import { Hidden } from "../../components/Hidden";
import { Icon } from "../../components/Icon";
import { Segmented } from "../../components/Segmented";
import styles from "./PadTools.module.css";

export type Tool = "pen" | "eraser";
type Width = "fine" | "medium" | "bold";

interface PadToolsProps {
  tool: Tool;
  onTool: (tool: Tool) => void;
  width: Width;
  onWidth: (width: Width) => void;
  onUndo: () => void;
  onRedo: () => void;
  onClear: () => void;
}

const TOOLS = [
  { value: "pen" as const, label: "Pen", icon: <Icon name="pen" /> },
  { value: "eraser" as const, label: "Eraser", icon: <Icon name="eraser" /> },
];
const LINES = [
  { value: "fine" as const, label: "Fine" },
  { value: "medium" as const, label: "Medium" },
  { value: "bold" as const, label: "Bold" },
];

export function PadTools(props: PadToolsProps) {
  return (
    <div className={styles.tools}>
      <Segmented legend="Tool" quiet options={TOOLS} value={props.tool} onChange={props.onTool} />
      <Segmented legend="Line" quiet options={LINES} value={props.width} onChange={props.onWidth} />
      <div className={styles.deeds}>
        <Button look="quiet" onClick={props.onUndo} title="Undo (Ctrl+Z)">
          <Icon name="undo" />
          <Hidden>Undo</Hidden>
        </Button>
        <Button look="quiet" onClick={props.onRedo} title="Redo (Ctrl+Shift+Z)">
          <Icon name="redo" />
          <Hidden>Redo</Hidden>
        </Button>
        <Button look="quiet" onClick={props.onClear}>
          Clear
        </Button>
      </div>
    </div>
  );
}
