import { useQuery } from "@tanstack/react-query";
import { Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";
import { Loaded } from "@/shared/States";
import { PostTable } from "./PostTable";
import { type Post, useRoleNames } from "./terms";

/** Who holds which role on which grid. */
export function Posts() {
  const { t } = useTranslation("admin");
  const [wanted, setWanted] = useState("");
  const nameOf = useRoleNames();
  const posts = useQuery({
    queryKey: ["posts"],
    queryFn: () => answer<{ posts: Post[] }>(api.GET("/api/v1/posts", { params: { query: { limit: 1000 } } })),
  });
  const fits = (post: Post) =>
    [post.name, post.grid, post.department, nameOf(post.role)].some((text) => text?.includes(wanted));
  return (
    <>
      <Input.Search
        allowClear
        aria-label={t("staff.search")}
        placeholder={t("staff.search")}
        style={{ maxWidth: 320, marginBottom: 12 }}
        onSearch={(text) => setWanted(text.trim())}
      />
      <Loaded of={posts}>{(found) => <PostTable posts={found.posts.filter(fits)} nameOf={nameOf} />}</Loaded>
    </>
  );
}
