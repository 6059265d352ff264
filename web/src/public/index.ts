import type { Room } from "@/shared/rooms";
import en from "./locales/en.json";
import zh from "./locales/zh.json";

export const open: Room = { name: "public", words: { zh, en }, views: [] };
