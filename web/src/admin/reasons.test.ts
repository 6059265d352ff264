import { expect, test } from "vitest";
import { reasonWords } from "./reasons";

const WORDS: Record<string, string> = { "reason.share_goes_there": "原网格工作量的 {{share}} 划入该网格" };
const t = (key: string, values: Record<string, unknown>) =>
  (WORDS[key] ?? String(values.defaultValue)).replace("{{share}}", String(values.share));

test("reasons are said in the page's language, shares as per cent", () => {
  const said = [{ code: "share_goes_there", values: { share: 0.934 } }];
  expect(reasonWords(said, "93% …", t)).toMatch(/^原网格工作量的 93\s?% 划入该网格$/);
});

test("what the page does not know keeps the server's words", () => {
  const strange = { code: "never_heard_of", values: {} };
  expect(reasonWords([{ code: "share_goes_there", values: { share: 1 } }, strange], "as it is", t)).toBe("as it is");
  expect(reasonWords([], "as it is", t)).toBe("as it is");
  expect(reasonWords(null, "as it is", t)).toBe("as it is");
});
