// libsrtp2 behind a pipe, in the words of Tests/Interop/SRTPPipe: what the tests set our SRTP beside. Never part of the
// product. Build: cc -O2 -o srtp-peer srtp-peer.c -lsrtp2

#include <arpa/inet.h>
#include <srtp2/srtp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTEXTS = 4096, LARGEST = 70000 };

static struct {
  srtp_t session;
  bool sends, has_identifier;
} contexts[CONTEXTS];
static uint32_t count;

typedef void set_policy(srtp_crypto_policy_t *);

// The order of SRTPSuite.allCases. RTCP has a tag of 80 bits in all suites that are not AEAD.
static const struct {
  set_policy *rtp, *rtcp;
} suites[] = {
    {srtp_crypto_policy_set_rtp_default, srtp_crypto_policy_set_rtp_default},
    {srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32, srtp_crypto_policy_set_rtp_default},
    {srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
    {srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
    {srtp_crypto_policy_set_aes_gcm_128_16_auth, srtp_crypto_policy_set_aes_gcm_128_16_auth},
    {srtp_crypto_policy_set_aes_gcm_256_16_auth, srtp_crypto_policy_set_aes_gcm_256_16_auth},
};

static void fail(const char *text) {
  fprintf(stderr, "srtp-peer: %s\n", text);
  exit(1);
}

static uint32_t word(const uint8_t *bytes) {
  uint32_t value;
  memcpy(&value, bytes, 4);
  return ntohl(value);
}

static void answer(const uint8_t *bytes, uint32_t length) {
  uint32_t head = htonl(length);
  fwrite(&head, 1, 4, stdout);
  fwrite(bytes, 1, length, stdout);
  fflush(stdout);
}

static uint8_t status_of(srtp_err_status_t status) {
  switch (status) {
    case srtp_err_status_ok: return 0;
    case srtp_err_status_auth_fail: return 1;
    case srtp_err_status_replay_fail: return 2;
    case srtp_err_status_replay_old: return 3;
    default: return 4;
  }
}

static void make_context(const uint8_t *command, uint32_t length) {
  if (count == CONTEXTS || length < 9 || command[2] >= sizeof suites / sizeof *suites) fail("no such context");
  srtp_policy_t policy;
  memset(&policy, 0, sizeof policy);
  suites[command[2]].rtp(&policy.rtp);
  suites[command[2]].rtcp(&policy.rtcp);
  if (command[3] & 1) policy.rtcp.sec_serv = sec_serv_auth;
  policy.ssrc.value = word(command + 4);
  if (policy.ssrc.value != 0) policy.ssrc.type = ssrc_specific;
  else policy.ssrc.type = command[1] == 0 ? ssrc_any_outbound : ssrc_any_inbound;
  policy.window_size = 1024;
  uint8_t identifier_length = command[8];
  uint8_t key[64] = {0}, identifier[128];
  if (identifier_length > sizeof identifier || length < 9u + identifier_length ||
      length - 9 - identifier_length > sizeof key) {
    fail("no such key");
  }
  memcpy(identifier, command + 9, identifier_length);
  memcpy(key, command + 9 + identifier_length, length - 9 - identifier_length);
  srtp_master_key_t master = {key, identifier, identifier_length};
  srtp_master_key_t *masters[] = {&master};
  if (identifier_length > 0) {
    policy.keys = masters;
    policy.num_master_keys = 1;
  } else {
    policy.key = key;
  }
  if (srtp_create(&contexts[count].session, &policy) != srtp_err_status_ok) fail("libsrtp2 refuses the policy");
  contexts[count].sends = command[1] == 0;
  contexts[count].has_identifier = identifier_length > 0;
  uint32_t number = htonl(count++);
  answer((uint8_t *)&number, 4);
}

static void process(uint8_t *command, uint32_t length) {
  srtp_t session = contexts[word(command + 1)].session;
  bool sends = contexts[word(command + 1)].sends, is_rtcp = command[5] == 1;
  int packet_length = (int)length - 6;
  // libsrtp2 wants its packets aligned. Room for the status before, for the trailer behind.
  static _Alignas(16) uint8_t buffer[16 + LARGEST + SRTP_MAX_TRAILER_LEN + 256];
  uint8_t *packet = buffer + 16;
  memcpy(packet, command + 6, length - 6);
  srtp_err_status_t status;
  unsigned use_mki = contexts[word(command + 1)].has_identifier;
  if (sends) {
    status = is_rtcp ? srtp_protect_rtcp_mki(session, packet, &packet_length, use_mki, 0)
                     : srtp_protect_mki(session, packet, &packet_length, use_mki, 0);
  } else {
    status = is_rtcp ? srtp_unprotect_rtcp_mki(session, packet, &packet_length, use_mki)
                     : srtp_unprotect_mki(session, packet, &packet_length, use_mki);
  }
  buffer[15] = status_of(status);
  answer(buffer + 15, status == srtp_err_status_ok ? 1 + (uint32_t)packet_length : 1);
}

int main(void) {
  static uint8_t command[LARGEST];
  if (srtp_init() != srtp_err_status_ok) fail("libsrtp2 does not start");
  for (;;) {
    uint8_t head[4];
    if (fread(head, 1, 4, stdin) != 4) return 0;
    uint32_t length = word(head);
    if (length == 0 || length > LARGEST || fread(command, 1, length, stdin) != length) fail("a frame is cut short");
    switch (command[0]) {
      case 'C': make_context(command, length); break;
      case 'B': {
        uint8_t status =
            status_of(srtp_set_stream_roc(contexts[word(command + 1)].session, word(command + 5), word(command + 9)));
        answer(&status, 1);
        break;
      }
      case 'P': process(command, length); break;
      default: fail("an unknown command");
    }
  }
}
