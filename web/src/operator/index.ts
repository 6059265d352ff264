import type { Room } from "@/shared/rooms";
import en from "./locales/en.json";
import zh from "./locales/zh.json";

export const operator: Room = { name: "operator", words: { zh, en }, views: [] };
