import type { QueryClient } from "@tanstack/react-query";
import { type ComponentType, createElement, lazy, type ReactNode, useState } from "react";
import type { Scope } from "./api/answers";

type Words = { [key: string]: string | Words };

type Load = () => Promise<{ default: ComponentType }>;

/** One view of a room: a path of the page, what it takes, and the component, loaded when it is opened. */
export interface View {
  path: string;
  view: ComponentType;
  /** Fetches the component before it is opened. */
  load: Load;
  /** Asks for what the view will show, before it is there to ask. */
  ask?: (queries: QueryClient) => Promise<unknown>;
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

/** The component of a view, by the import that brings it. Where that is done, the view stands at once: React shows what
 * it had to wait for at the earliest 300 ms after what it showed instead. */
export function loaded(load: Load): Pick<View, "view" | "load"> {
  let there: ComponentType | null = null;
  const loading: Load = async () => {
    const module = await load();
    there = module.default;
    return module;
  };
  const waiting = lazy(loading);
  const view = () => createElement(useState<ComponentType>(() => there ?? waiting)[0]);
  return { view, load: loading };
}
