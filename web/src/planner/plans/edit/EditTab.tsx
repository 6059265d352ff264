import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Bounds, Shapes } from "@/shared/api/answers";
import { boundsOf, widened } from "@/shared/map/bounds";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { Loaded } from "@/shared/States";
import type { GridProperties, PieceProperties, Plan } from "../plan";
import { useGrids, usePieces } from "../queries";
import { Breaches } from "./Breaches";
import { EditMap } from "./EditMap";
import { GridActions } from "./GridActions";
import { History } from "./History";
import { LiveScore } from "./LiveScore";
import { PieceActions } from "./PieceActions";
import { opened } from "./state";
import { ToolBar } from "./ToolBar";
import { cornersOf, type Drawn, isInside, type Tool } from "./tools";
import { useEditing } from "./useEditing";

/** Editing by hand on the map; the plan is read once, then each answer changes what is shown. */
export default function EditTab({ plan }: { plan: Plan }) {
  const grids = useGrids(plan);
  const pieces = usePieces(plan);
  return (
    <Loaded of={grids}>
      {(knownGrids) => (
        <Loaded of={pieces}>
          {(knownPieces) => (
            <Editor key={`${grids.dataUpdatedAt}`} plan={plan} grids={knownGrids} pieces={knownPieces} />
          )}
        </Loaded>
      )}
    </Loaded>
  );
}

interface EditorProps {
  plan: Plan;
  grids: Shapes<GridProperties>;
  pieces: Shapes<PieceProperties>;
}

function Editor({ plan, grids, pieces }: EditorProps) {
  const { t } = useTranslation("planner");
  const first = useMemo(() => opened(plan.version, grids, pieces, plan), [plan, grids, pieces]);
  const editing = useEditing(plan, first);
  const { draft, make } = editing;
  const [tool, setTool] = useState<Tool>("grids");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const [isCutting, setCutting] = useState(false);
  const [focus, setFocus] = useState<Bounds | null>(null);
  const all = useMemo(() => boundsOf(grids), [grids]);
  const codes = useMemo(() => chosen.filter((code) => draft.grids.has(code)), [chosen, draft.grids]);

  const pick = (numbers: number[], how: "toggle" | "add") =>
    setPicked((known) => {
      const next = new Set(known);
      for (const number of numbers)
        if (how === "toggle" && next.has(number)) next.delete(number);
        else next.add(number);
      return next.size === known.size && how === "add" ? known : next;
    });
  const onGrid = (code: string, isMore: boolean) =>
    setChosen((known) =>
      isMore ? (known.includes(code) ? known.filter((one) => one !== code) : [...known, code]) : [code],
    );
  const onDrawn = (drawn: Drawn) => {
    const corners = cornersOf(drawn);
    if (tool === "lasso") pick(insideOf(draft.pieces.values(), corners), "add");
    if (tool === "split" && codes[0]) make({ do: "split", grid: codes[0], line: corners, cut: isCutting });
    if (tool === "draw") make({ do: "draw", ring: corners, cut: isCutting, name: "" });
  };
  const zoomTo = (code: string) => {
    const grid = draft.grids.get(code);
    const box = grid && boundsOf(grid);
    setChosen([code]);
    if (box) setFocus(widened(box, 0.003));
  };
  return (
    <div className="stage under-strip">
      <section className="panel" aria-label={t("edit.title")} aria-busy={editing.isBusy}>
        <h1 className="unseen">{t("edit.title")}</h1>
        {editing.problem && (
          <ProblemNotice
            error={editing.problem}
            action={
              editing.isStale ? (
                <button type="button" onClick={editing.reload}>
                  {t("edit.reload")}
                </button>
              ) : undefined
            }
          />
        )}
        <LiveScore score={draft.score} before={editing.before} />
        {tool === "grids" || tool === "split" ? (
          <GridActions editing={editing} codes={codes} />
        ) : (
          <PieceActions editing={editing} picked={picked} grids={codes} onDone={() => setPicked(new Set())} />
        )}
        <Breaches breaches={draft.breaches} onChoose={zoomTo} />
        <History plan={plan} version={draft.version} />
      </section>
      <div className="canvas">
        <EditMap
          draft={draft}
          tool={tool}
          bounds={focus ?? all}
          chosen={codes}
          picked={picked}
          onGrid={onGrid}
          onPieces={pick}
          onDrawn={onDrawn}
          label={t("edit.map")}
        />
        <ToolBar
          tool={tool}
          onTool={setTool}
          editing={editing}
          isCutting={isCutting}
          onCutting={setCutting}
          hasGrid={codes.length > 0}
        />
      </div>
    </div>
  );
}

/** Pieces whose box has its middle inside the ring. */
function insideOf(pieces: Iterable<Shapes<PieceProperties>["features"][number]>, ring: number[][]): number[] {
  const found: number[] = [];
  for (const piece of pieces) {
    const box = boundsOf(piece);
    if (box && isInside([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], ring)) found.push(piece.properties.piece);
  }
  return found;
}
