import type { TlObject } from '../tl/object.ts'
import { open, type Caller, type MethodTable } from './method.ts'

const CONFIG_LIFETIME_SECONDS = 3600

/** Limits, as stated by Telegram's production data centres. */
const LIMITS = {
  dc_txt_domain_name: 'localhost',
  chat_size_max: 200,
  megagroup_size_max: 200_000,
  forwarded_count_max: 100,
  online_update_period_ms: 210_000,
  offline_blur_timeout_ms: 5000,
  offline_idle_timeout_ms: 30_000,
  online_cloud_timeout_ms: 300_000,
  notify_cloud_delay_ms: 30_000,
  notify_default_delay_ms: 1500,
  push_chat_period_ms: 60_000,
  push_chat_limit: 2,
  edit_time_limit: 172_800,
  revoke_time_limit: 2_147_483_647,
  revoke_pm_time_limit: 2_147_483_647,
  rating_e_decay: 2_419_200,
  stickers_recent_limit: 200,
  // These four have moved to `help.getAppConfig`; clients of older layers expect them here.
  saved_gifs_limit: 200,
  stickers_faved_limit: 5,
  pinned_dialogs_count_max: 5,
  pinned_infolder_count_max: 100,
  channels_read_media_period: 604_800,
  call_receive_timeout_ms: 20_000,
  call_ring_timeout_ms: 90_000,
  call_connect_timeout_ms: 30_000,
  call_packet_timeout_ms: 10_000,
  me_url_prefix: 'https://t.me/',
  caption_length_max: 1024,
  message_length_max: 4096,
} as const

function getConfig({ dataCentres, dcId, now }: Caller): TlObject {
  const date = now()
  return {
    _: 'config',
    date,
    expires: date + CONFIG_LIFETIME_SECONDS,
    test_mode: false,
    this_dc: dcId,
    dc_options: dataCentres.map(({ id, ip, port }) => ({
      _: 'dcOption',
      id,
      ip_address: ip,
      port,
      this_port_only: true,
    })),
    webfile_dc_id: dcId,
    ...LIMITS,
  }
}

function getNearestDc({ dcId }: Caller): TlObject {
  return { _: 'nearestDc', country: 'NL', this_dc: dcId, nearest_dc: dcId }
}

export const helpMethods: MethodTable = {
  'help.getConfig': open(getConfig),
  'help.getNearestDc': open(getNearestDc),
}
