import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Bounds, Boxed } from "@/shared/api/answers";
import { api } from "@/shared/api/client";
import { codeText, shortened } from "@/shared/codes";
import { widened } from "@/shared/map/bounds";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { around } from "@/shared/queries";
import { Loaded } from "@/shared/States";
import type { GridProperties, PieceProperties, Plan } from "../plan";
import { pieceFacts, useGridFacts } from "../queries";
import { Breaches } from "./Breaches";
import { EditMap } from "./EditMap";
import { GridActions } from "./GridActions";
import { History } from "./History";
import { LiveScore } from "./LiveScore";
import { PieceActions } from "./PieceActions";
import { opened } from "./state";
import { ToolBar } from "./ToolBar";
import { cornersOf, type Drawn, isInside, isOfPieces, type Tool } from "./tools";
import { useEditing } from "./useEditing";

/** Editing by hand on the map: drawn from tiles, the figures read once, then each answer changes what is shown. */
export default function EditTab({ plan }: { plan: Plan }) {
  const grids = useGridFacts(plan);
  return <Loaded of={grids}>{(known) => <Editor key={plan.version} plan={plan} grids={known} />}</Loaded>;
}

function Editor({ plan, grids }: { plan: Plan; grids: Boxed<GridProperties> }) {
  const { t } = useTranslation("planner");
  const queries = useQueryClient();
  const first = useMemo(() => opened(plan.version, grids, plan), [plan, grids]);
  const editing = useEditing(plan, first);
  const { draft, make } = editing;
  const [tool, setTool] = useState<Tool>("grids");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const [isCutting, setCutting] = useState(false);
  const [focus, setFocus] = useState<Bounds | null>(null);
  const all = useMemo(() => around(grids.features.map((grid) => grid.bbox)), [grids]);
  const figures = pieceFacts(plan.id, draft.shaped);
  const pieces = useQuery({ ...figures, enabled: isOfPieces(tool), placeholderData: keepPreviousData });
  const [short, text] = useMemo(() => {
    const known = grids.features.map(({ properties }) => properties.code);
    return [shortened(known), codeText(known)];
  }, [grids]);
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
    if (tool === "lasso")
      void queries.ensureQueryData(figures).then((known) => pick(insideOf(known.values(), corners), "add"));
    if (tool === "split" && codes[0]) make({ do: "split", grid: codes[0], line: corners, cut: isCutting });
    if (tool === "draw") make({ do: "draw", ring: corners, cut: isCutting, name: "" });
  };
  const zoomTo = (code: string) => {
    const box = draft.grids.get(code)?.bbox;
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
          <GridActions editing={editing} codes={codes} short={short} />
        ) : (
          <PieceActions
            editing={editing}
            pieces={pieces.data}
            picked={picked}
            grids={codes}
            short={short}
            onDone={() => setPicked(new Set())}
          />
        )}
        <Breaches breaches={draft.breaches} short={short} onChoose={zoomTo} />
        <History plan={plan} version={draft.version} />
      </section>
      <div className="canvas">
        <EditMap
          plan={plan.id}
          draft={draft}
          tool={tool}
          bounds={focus ?? all}
          chosen={codes}
          picked={picked}
          onGrid={onGrid}
          onPieces={pick}
          onDrawn={onDrawn}
          onShown={() => readAhead(plan.id)}
          label={t("edit.map")}
          text={text}
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

/** Has the server read the plan before its first edit is made; whoever may not edit it is told so by that. */
function readAhead(plan: number): void {
  api.POST("/api/v1/plans/{plan_id}/edits/open", { params: { path: { plan_id: plan } } }).catch(() => undefined);
}

/** Pieces whose box has its middle inside the ring. */
function insideOf(pieces: Iterable<Boxed<PieceProperties>["features"][number]>, ring: number[][]): number[] {
  const found: number[] = [];
  for (const { bbox, properties } of pieces)
    if (isInside([(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2], ring)) found.push(properties.piece);
  return found;
}
