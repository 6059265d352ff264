import { expect, test } from "vitest";
import { Problem } from "@/shared/api/problem";
import { type Progress, takeEach } from "./manySteps";

const problem = (status: number) => new Problem({ type: "#refused", title: "Refused", status });

async function tried(answers: Record<number, number>) {
  const told: Progress[] = [];
  const asked: number[] = [];
  const take = async (event: number) => {
    asked.push(event);
    const status = answers[event];
    if (status !== undefined) throw problem(status);
  };
  const end = await takeEach([1, 2, 3], take, (progress) => told.push(progress));
  return { end, told, asked };
}

test("one that is refused holds none of the others up, and is told", async () => {
  const { end, told } = await tried({ 2: 409 });
  expect(end.taken).toEqual([1, 3]);
  expect(end.refused.map(({ event, problem }) => [event, problem.status])).toEqual([[2, 409]]);
  expect(told.map(({ taken, refused, isRunning }) => [taken.length + refused.length, isRunning])).toEqual([
    [0, true],
    [1, true],
    [2, true],
    [3, false],
  ]);
});

test.each([401, 429, 503, 0])("after %i no further case is tried", async (status) => {
  const { end, asked } = await tried({ 2: status });
  expect(asked).toEqual([1, 2]);
  expect([end.taken, end.isRunning]).toEqual([[1], false]);
});
