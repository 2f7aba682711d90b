import { type PointerEvent, useMemo, useState } from "react";
import { Strength } from "../../components/Strength";
import type { ControlsProps } from "./Controls";
import styles from "./Pad.module.css";
import { type Axis, axesOf, partners, strengthOf, strengthsAt, withAxes } from "./pad";
import { STRONGEST } from "./settings";

/** Two attributes at once: a square to move on, and the same two strengths as sliders, for the keyboard. */
export function Pad({ domain, source, setting }: ControlsProps) {
  const axes = useMemo(() => axesOf(domain, source.attributes), [domain, source]);
  const [picked, pick] = useState({ across: "Smiling", up: "Young" });
  const across = axes.find(({ name }) => name === picked.across) ?? axes[0];
  if (!across) return null;
  const others = partners(axes, across, domain);
  const up = others.find(({ name }) => name === picked.up) ?? others[0];
  if (!up) return null;
  const { settings, set, letGo } = setting;
  const [x, y] = [strengthOf(across, settings), strengthOf(up, settings)];
  const move = (right: number, high: number) =>
    set(
      withAxes(
        settings,
        [
          [across, right],
          [up, high],
        ],
        domain,
      ),
      "pad",
    );
  return (
    <details className={styles.pad}>
      <summary>Two at once</summary>
      <div className={styles.body}>
        <div className={styles.axes}>
          <AxisChoice
            label="Across"
            axes={axes}
            axis={across}
            onAxis={(name) => pick({ ...picked, across: name })}
          />
          <AxisChoice
            label="Up"
            axes={others}
            axis={up}
            onAxis={(name) => pick({ ...picked, up: name })}
          />
        </div>
        <Square x={x} y={y} onMove={move} onLetGo={letGo} />
        <Strength
          label={across.label}
          value={x}
          most={STRONGEST}
          onChange={(value) => move(value, y)}
          onLetGo={letGo}
        />
        <Strength
          label={up.label}
          value={y}
          most={STRONGEST}
          onChange={(value) => move(x, value)}
          onLetGo={letGo}
        />
      </div>
    </details>
  );
}

interface AxisChoiceProps {
  label: string;
  axes: Axis[];
  axis: Axis;
  onAxis: (name: string) => void;
}

function AxisChoice({ label, axes, axis, onAxis }: AxisChoiceProps) {
  return (
    <label className={styles.axis}>
      {label}
      <select value={axis.name} onChange={(event) => onAxis(event.target.value)}>
        {axes.map((each) => (
          <option key={each.name} value={each.name}>
            {each.label}
          </option>
        ))}
      </select>
    </label>
  );
}

interface SquareProps {
  x: number;
  y: number;
  onMove: (x: number, y: number) => void;
  onLetGo: () => void;
}

/** For the pointer alone: the sliders beneath say and do the same. */
function Square({ x, y, onMove, onLetGo }: SquareProps) {
  const follow = (event: PointerEvent<HTMLDivElement>) => {
    if (event.type === "pointermove" && event.buttons === 0) return;
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
    onMove(...strengthsAt((event.clientX - left) / width, (event.clientY - top) / height));
  };
  return (
    <div
      className={styles.square}
      aria-hidden="true"
      data-testid="pad"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        follow(event);
      }}
      onPointerMove={follow}
      onPointerUp={onLetGo}
    >
      <span
        className={styles.knob}
        style={{ left: `${(100 * x) / STRONGEST}%`, bottom: `${(100 * y) / STRONGEST}%` }}
      />
    </div>
  );
}
