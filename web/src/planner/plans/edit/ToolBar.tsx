import { RedoOutlined, UndoOutlined } from "@ant-design/icons";
import { Button, Checkbox, Segmented, Tooltip } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { TOOLS, type Tool } from "./tools";
import type { Editing } from "./useEditing";

interface ToolBarProps {
  tool: Tool;
  onTool: (tool: Tool) => void;
  editing: Editing;
  isCutting: boolean;
  onCutting: (isCutting: boolean) => void;
  hasGrid: boolean;
}

/** Tools, undo and redo (also Ctrl+Z, Ctrl+Y), and what the tool in hand does. */
export function ToolBar({ tool, onTool, editing, isCutting, onCutting, hasGrid }: ToolBarProps) {
  const { t } = useTranslation("planner");
  const { make } = editing;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (!(event.ctrlKey || event.metaKey) || isTyping) return;
      const key = event.key.toLowerCase();
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      make({ do: key === "y" || event.shiftKey ? "redo" : "undo" });
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [make]);
  return (
    <div className="float row tools" role="toolbar" aria-label={t("edit.tools")}>
      <Segmented
        size="small"
        value={tool}
        options={TOOLS.map((name) => ({ value: name, label: t(`edit.tool.${name}`) }))}
        onChange={onTool}
      />
      <Tooltip placement="bottom" title={`${t("edit.undo")} (Ctrl+Z)`}>
        <Button
          size="small"
          icon={<UndoOutlined />}
          aria-label={t("edit.undo")}
          disabled={editing.isBusy}
          onClick={() => make({ do: "undo" })}
        />
      </Tooltip>
      <Tooltip placement="bottom" title={`${t("edit.redo")} (Ctrl+Y)`}>
        <Button
          size="small"
          icon={<RedoOutlined />}
          aria-label={t("edit.redo")}
          disabled={editing.isBusy}
          onClick={() => make({ do: "redo" })}
        />
      </Tooltip>
      {(tool === "split" || tool === "draw") && (
        <Checkbox checked={isCutting} onChange={(event) => onCutting(event.target.checked)}>
          {t("edit.cut")}
        </Checkbox>
      )}
      <span className="quiet">{t(tool === "split" && !hasGrid ? "edit.chooseGrid" : `edit.toolWhat.${tool}`)}</span>
    </div>
  );
}
