// libsrtp2 on the same packets, for Benchmarks/srtp/run. A tool to measure by, never part of the product.

#include "bench.h"

#include <srtp2/srtp.h>

static srtp_t sender, receiver;

static bool protect(uint8_t *packet, int *length) { return srtp_protect(sender, packet, length) == srtp_err_status_ok; }

static bool unprotect(uint8_t *packet, int *length) {
  return srtp_unprotect(receiver, packet, length) == srtp_err_status_ok;
}

int main(int count, char **arguments) {
  static const struct {
    const char *name;
    void (*set)(srtp_crypto_policy_t *);
  } suites[] = {
      {"AES_CM_128_HMAC_SHA1_80", srtp_crypto_policy_set_rtp_default},
      {"AES_CM_128_HMAC_SHA1_32", srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32},
      {"AES_256_CM_HMAC_SHA1_80", srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
      {"AES_256_CM_HMAC_SHA1_32", srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32},
      {"AEAD_AES_128_GCM", srtp_crypto_policy_set_aes_gcm_128_16_auth},
      {"AEAD_AES_256_GCM", srtp_crypto_policy_set_aes_gcm_256_16_auth},
  };
  if (count < 3) {
    fprintf(stderr, "usage: %s protect|unprotect SUITE [PACKETS]\n", arguments[0]);
    return 2;
  }
  static uint8_t key[64] = {1, 2, 3};
  srtp_policy_t policy;
  memset(&policy, 0, sizeof policy);
  for (size_t at = 0; at < sizeof suites / sizeof *suites; at++) {
    if (strcmp(suites[at].name, arguments[2]) != 0) continue;
    suites[at].set(&policy.rtp);
    suites[at].set(&policy.rtcp);
  }
  policy.key = key;
  policy.window_size = 1024;
  if (policy.rtp.cipher_key_len == 0 || srtp_init() != srtp_err_status_ok) return 2;
  policy.ssrc.type = ssrc_any_outbound;
  if (srtp_create(&sender, &policy) != srtp_err_status_ok) return 2;
  policy.ssrc.type = ssrc_any_inbound;
  if (srtp_create(&receiver, &policy) != srtp_err_status_ok) return 2;
  return bench(protect, unprotect, strcmp(arguments[1], "unprotect") == 0, count > 3 ? atol(arguments[3]) : 0);
}
