import { type ComponentType, type LazyExoticComponent, lazy, type ReactNode } from "react";
import type { Scope } from "./api/answers";

type Words = { [key: string]: string | Words };

type Load = () => Promise<{ default: ComponentType }>;

/** One view of a room: a path of the page, what it takes, and the component, loaded when it is opened. */
export interface View {
  path: string;
  view: LazyExoticComponent<ComponentType>;
  /** Fetches the component before it is opened. */
  load: Load;
  /** Key of its name in the room's words; views without one are reached from other views, not from the menu. */
  menu?: string;
  icon?: ReactNode;
  /** What the caller must be allowed to do; null: anybody, without signing in. */
  scope: Scope | null;
  /** Drawn without the page's header (public pages, the command hall's screen). */
  bare?: boolean;
}

/** A part of the page with its own folder, words and views: src/<name>/. */
export interface Room {
  name: string;
  words: { zh: Words; en: Words };
  views: View[];
}

/** The component of a view, by the import that brings it. */
export function loaded(load: Load): Pick<View, "view" | "load"> {
  return { view: lazy(load), load };
}
