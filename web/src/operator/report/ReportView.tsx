import { useMutation } from "@tanstack/react-query";
import { Button, Card, DatePicker, Form, Input, InputNumber, Radio, Select } from "antd";
import type { Dayjs } from "dayjs";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { answer, api } from "@/shared/api/client";
import { moment } from "@/shared/format";
import { GeoJsonSource, NetworkSource, StyleLayer } from "@/shared/map/layers";
import { MapView } from "@/shared/map/MapView";
import { ProblemNotice } from "@/shared/ProblemNotice";
import { useGround, useNetworkNames } from "@/shared/queries";
import { routeWords, type Trace, withNames } from "../cases/routeWords";
import { useShownNetwork } from "../unified";
import { MatterChoice } from "./MatterChoice";

interface Wish {
  lon: number;
  lat: number;
  crs: string;
  accuracy_m?: number;
  at?: Dayjs;
  kind: string;
  matter?: string;
  text?: string;
  address?: string;
  name?: string;
  phone?: string;
}

interface Answer {
  routing: string;
  owner: string;
  why?: string;
  grid: { code: string; name: string } | null;
  person: { name: string | null; role_name: string | null } | null;
  deadlines: { due_at: string | null; condition?: string }[];
  trace: Trace;
}

const SYSTEMS = ["wgs84", "cgcs2000", "gcj02", "bd09"];
const LINE = { "line-color": "#90a4ae", "line-width": 1 };
const DOT = { "circle-radius": 7, "circle-color": "#00695c", "circle-stroke-color": "#fff", "circle-stroke-width": 2 };

/** Somebody's report taken down: where on the map, what in words; first shown whose it would be, then filed. */
export default function ReportView() {
  const { t } = useTranslation("operator");
  const [form] = Form.useForm<Wish>();
  const [lon, lat] = [Form.useWatch("lon", form), Form.useWatch("lat", form)];
  const [key, setKey] = useState(() => crypto.randomUUID());
  const preview = useMutation({
    mutationFn: (wish: Wish) => answer<Answer>(api.POST("/api/v1/route", { body: sighting(wish) as never })),
  });
  const file = useMutation({
    mutationFn: (wish: Wish) =>
      answer<{ id: number; duplicates?: { event: number }[] }>(
        api.POST("/api/v1/events", { params: { header: { "Idempotency-Key": key } }, body: report(wish) as never }),
      ),
    onSuccess: () => {
      form.resetFields();
      preview.reset();
      setKey(crypto.randomUUID());
    },
  });
  return (
    <div className="stage">
      <section className="panel wide">
        <h1>{t("report.title")}</h1>
        {file.data && (
          <Card size="small" className="done">
            <Link to={`/cases/${file.data.id}`}>{t("report.filed", { number: file.data.id })}</Link>
            {(file.data.duplicates ?? []).length > 0 && (
              <p>{t("report.alike", { count: file.data.duplicates?.length })}</p>
            )}
          </Card>
        )}
        <Form
          form={form}
          layout="vertical"
          initialValues={{ crs: "wgs84", kind: "matter" }}
          onFinish={(wish) => file.mutate(wish)}
        >
          <Fields />
          {(preview.error || file.error) && <ProblemNotice error={preview.error ?? file.error} />}
          <div className="row">
            <Button onClick={async () => preview.mutate(await form.validateFields())} loading={preview.isPending}>
              {t("report.whose")}
            </Button>
            <Button type="primary" htmlType="submit" loading={file.isPending}>
              {t("report.file")}
            </Button>
          </div>
        </Form>
        {preview.data && <Preview found={preview.data} />}
      </section>
      <div className="canvas">
        <Place lon={lon} lat={lat} onPick={(place) => form.setFieldsValue({ ...place, crs: "wgs84" })} />
      </div>
    </div>
  );
}

function sighting({ lon, lat, crs, accuracy_m, at, kind, matter, text }: Wish) {
  return { lon, lat, crs, accuracy_m, at: at?.toISOString(), kind, matter: matter ?? "", text: text ?? "" };
}

function report(wish: Wish) {
  const reporter = wish.name || wish.phone ? { name: wish.name, phone: wish.phone } : undefined;
  return { ...sighting(wish), address: wish.address ?? "", reporter };
}

function Fields() {
  const { t } = useTranslation("operator");
  const needed = [{ required: true, message: t("form.required") }];
  return (
    <>
      <p className="quiet">{t("report.pick")}</p>
      <div className="row top">
        <Form.Item name="lon" label={t("report.lon")} rules={needed}>
          <InputNumber style={{ width: 150 }} />
        </Form.Item>
        <Form.Item name="lat" label={t("report.lat")} rules={needed}>
          <InputNumber style={{ width: 150 }} />
        </Form.Item>
        <Form.Item name="crs" label={t("report.crs")}>
          <Select style={{ width: 120 }} options={SYSTEMS.map((value) => ({ value, label: t(`crs.${value}`) }))} />
        </Form.Item>
      </div>
      <Form.Item name="text" label={t("report.text")}>
        <Input.TextArea rows={3} maxLength={2000} />
      </Form.Item>
      <Form.Item name="kind" label={t("report.kind")}>
        <Radio.Group options={["matter", "component"].map((value) => ({ value, label: t(`report.kinds.${value}`) }))} />
      </Form.Item>
      <Form.Item name="matter" label={t("cases.matter")}>
        <MatterChoice />
      </Form.Item>
      <Form.Item name="address" label={t("case.address")}>
        <Input />
      </Form.Item>
      <div className="row top">
        <Form.Item name="at" label={t("case.happened")}>
          <DatePicker showTime />
        </Form.Item>
        <Form.Item name="accuracy_m" label={t("report.accuracy")}>
          <InputNumber min={0} />
        </Form.Item>
      </div>
      <div className="row top">
        <Form.Item name="name" label={t("case.reporter")}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="phone" label={t("report.phone")}>
          <Input autoComplete="off" inputMode="tel" />
        </Form.Item>
      </div>
    </>
  );
}

function Preview({ found }: { found: Answer }) {
  const { t } = useTranslation("operator");
  const nameOf = useNetworkNames();
  const due = found.deadlines[0]?.due_at;
  return (
    <Card size="small" title={t("report.would", { owner: found.owner })}>
      <p>
        {found.grid ? `${found.grid.code} ${found.grid.name}` : t("stage.unrouted")}
        {found.person?.name && ` · ${found.person.role_name ?? ""} ${found.person.name}`}
        {due && ` · ${t("cases.due")} ${moment(due)}`}
      </p>
      <ol className="plain">
        {routeWords(withNames(found.trace, nameOf), t).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ol>
    </Card>
  );
}

function Place(props: { lon?: number; lat?: number; onPick: (place: { lon: number; lat: number }) => void }) {
  const { t } = useTranslation("operator");
  const network = useShownNetwork();
  const ground = useGround(network ? [network] : []);
  const { lon, lat } = props;
  const point = useMemo(
    () => ({ type: "Point" as const, coordinates: lon === undefined || lat === undefined ? [] : [lon, lat] }),
    [lon, lat],
  );
  return (
    <MapView
      bounds={ground.data}
      label={t("report.map")}
      onClick={({ lngLat }) => props.onPick({ lon: round(lngLat.lng), lat: round(lngLat.lat) })}
    >
      {network && (
        <NetworkSource id="network" network={network}>
          <StyleLayer id="network-line" type="line" sourceLayer="borders" paint={LINE} />
        </NetworkSource>
      )}
      {point.coordinates.length > 0 && (
        <GeoJsonSource id="place" data={point}>
          <StyleLayer id="place" type="circle" paint={DOT} />
        </GeoJsonSource>
      )}
    </MapView>
  );
}

function round(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}
