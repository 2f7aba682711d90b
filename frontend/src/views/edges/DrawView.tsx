import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { type CanvasPath, ReactSketchCanvas, type ReactSketchCanvasRef } from "react-sketch-canvas";
import type { Domain } from "../../api/photos";
import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { useUndoKeys } from "../edit/hooks";
import { drawnInto } from "../edit/words";
import styles from "./DrawView.module.css";
import { Filled } from "./Filled";
import { PadTools, type Tool } from "./PadTools";
import { Starters } from "./Starters";
import { type Starter, strokesOf } from "./starters";
import { type Stroke, scaled } from "./strokes";
import { type Drawing, useFilledIn } from "./useFilledIn";

interface DrawViewProps {
  domain: Domain;
  onLeave: () => void;
}

/** Line widths, in shares of the pad's side: the model learned from thin lines. */
const WIDTHS = { fine: 0.006, medium: 0.012, bold: 0.024 } as const;
const ERASER = 4;
const INK = "#1b1c1a";
const BLANK: Drawing = { strokes: [], pad: 1, revision: 0, isMoving: false };

/** A pad to draw on, and beside it what the model makes of the drawing, while it is drawn. */
export default function DrawView({ domain, onLeave }: DrawViewProps) {
  const canvas = useRef<ReactSketchCanvasRef>(null);
  const [frame, side] = useSide();
  const [tool, setTool] = useState<Tool>("pen");
  const [width, setWidth] = useState<keyof typeof WIDTHS>("fine");
  const [drawing, setDrawing] = useState<Drawing>(BLANK);
  const { filled, isCurrent } = useFilledIn(domain, drawnInto(domain) ?? "", drawing);

  const change = useCallback(
    (strokes: CanvasPath[]) =>
      setDrawing(({ revision, isMoving }) => ({
        strokes,
        pad: side,
        revision: revision + 1,
        isMoving,
      })),
    [side],
  );
  const move = (isMoving: boolean) => setDrawing((before) => ({ ...before, isMoving }));
  const undo = useCallback(() => canvas.current?.undo(), []);
  const redo = useCallback(() => canvas.current?.redo(), []);
  useUndoKeys(undo, redo);

  const take = (picked: Tool) => {
    setTool(picked);
    canvas.current?.eraseMode(picked === "eraser");
  };
  const begin = (starter: Starter) => {
    canvas.current?.clearCanvas();
    canvas.current?.loadPaths(inked(strokesOf(starter, side, WIDTHS[width] * side)));
  };

  // On a screen that is turned the drawing grows or shrinks with the pad.
  useEffect(() => {
    if (drawing.strokes.length === 0 || drawing.pad === side) return;
    canvas.current?.resetCanvas();
    canvas.current?.loadPaths(inked(scaled(drawing.strokes, drawing.pad, side)));
    canvas.current?.eraseMode(tool === "eraser");
  }, [drawing, side, tool]);

  return (
    <div className={styles.view}>
      <header className={styles.head}>
        <h1>Draw</h1>
        <Button onClick={onLeave}>
          <Icon name="photo" />
          Use a photo
        </Button>
      </header>
      <section className={styles.pad} aria-label="Drawing pad">
        <div
          className={styles.paper}
          ref={frame}
          onPointerDownCapture={() => move(true)}
          onPointerUp={() => move(false)}
          onPointerCancel={() => move(false)}
        >
          <ReactSketchCanvas
            ref={canvas}
            width="100%"
            height="100%"
            style={{ border: "none" }}
            canvasColor="#fff"
            strokeColor={INK}
            strokeWidth={WIDTHS[width] * side}
            eraserWidth={ERASER * WIDTHS[width] * side}
            onChange={change}
          />
        </div>
      </section>
      <div className={styles.tools}>
        <PadTools
          tool={tool}
          onTool={take}
          width={width}
          onWidth={setWidth}
          onUndo={undo}
          onRedo={redo}
          onClear={() => canvas.current?.clearCanvas()}
        />
        <Starters onPick={begin} />
      </div>
      <Filled domain={domain} filled={filled} isCurrent={isCurrent} />
    </div>
  );
}

function inked(strokes: readonly Stroke[]): CanvasPath[] {
  return strokes.map(({ paths, ...stroke }) => ({
    ...stroke,
    paths: [...paths],
    strokeColor: INK,
  }));
}

/** The paper's side in pixels, which strokes are told in. */
function useSide() {
  const frame = useRef<HTMLDivElement>(null);
  const [side, setSide] = useState(1);
  useLayoutEffect(() => {
    const { current } = frame;
    if (!current) return;
    const observer = new ResizeObserver(() => setSide(current.clientWidth));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return [frame, side] as const;
}
