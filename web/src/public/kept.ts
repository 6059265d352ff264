import { useCallback, useEffect, useState } from "react";

const MARK = "onegrid-public-";

function read<T>(name: string, initial: T): T {
  try {
    const text = sessionStorage.getItem(MARK + name);
    return text === null ? initial : (JSON.parse(text) as T);
  } catch {
    return initial;
  }
}

/** Keep a value for another view. False where the browser keeps nothing or has no room left: what is on the page stays
 * there until it is left. */
export function keep(name: string, value: unknown): boolean {
  try {
    sessionStorage.setItem(MARK + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

type Change<T> = T | ((now: T) => T);

/** State that stays over a reload, for as long as the tab is open. */
export function useKept<T>(name: string, initial: T): [T, (change: Change<T>) => void] {
  const [value, setValue] = useState(() => read(name, initial));
  useEffect(() => {
    keep(name, value);
  }, [name, value]);
  return [value, useCallback((change: Change<T>) => setValue(change), [])];
}

/** The value once it has stood still for a while: typing asks the server once and not at each letter. */
export function useSettled<T>(value: T, milliseconds = 500): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

/** A random name of one report or comment. Not crypto.randomUUID: browsers have it on HTTPS only. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
