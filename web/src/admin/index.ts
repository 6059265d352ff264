import type { Room } from "@/shared/rooms";
import en from "./locales/en.json";
import zh from "./locales/zh.json";

export const admin: Room = { name: "admin", words: { zh, en }, views: [] };
