import type { Definitions } from "./definitions";

type Say = (key: string, options?: Record<string, unknown>) => string;

/** Words that the product itself put into formulas and reasons, as stored scores keep them, and how the page says
 * them. What a city typed is none of them. */
export type Words = ReadonlyMap<string, string>;

export function wordsOf({ indicators, counts }: Pick<Definitions, "indicators" | "counts">, t: Say): Words {
  const say = (name: string, key: string): [string, string] => [name, t(key, { defaultValue: name })];
  return new Map([
    ...indicators.map(({ code, name }) => say(name, `indicator.${code}`)),
    ...counts.map(({ code, name }) => say(name, `count.${code}.name`)),
    ...counts.map(({ code, meaning }) => say(meaning, `count.${code}.meaning`)),
    say("实际巡查户数", "formula.visited"),
    say("网格内总户数", "formula.households"),
    say("低于", "formula.below"),
    say("高于", "formula.above"),
    say("已达上限", "formula.capped"),
  ]);
}

/** A formula in the page's words: `处置数/应处置数` is `handled / to be handled`. */
export function sayFormula(formula: string, words: Words): string {
  const said = reworded(formula, words);
  return said === formula
    ? formula
    : said
        .replace(/\s*([/+])\s*/g, " $1 ")
        .replaceAll(")x", ") × ")
        .replace(/x(?=\d)/g, " × ");
}

/** Why points were taken: the name of a rule, which stays where a city typed it, and what the product wrote after it. */
export function sayReason(reason: string, words: Words, lineName: (name: string) => string): string {
  const at = reason.indexOf(": ");
  return at < 0 ? reason : `${lineName(reason.slice(0, at))}: ${reworded(reason.slice(at + 2), words)}`;
}

function reworded(text: string, words: Words): string {
  const longestFirst = [...words.keys()].sort((a, b) => b.length - a.length).map(literal);
  return text.replace(new RegExp(longestFirst.join("|"), "g"), (word) => words.get(word) ?? word);
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
