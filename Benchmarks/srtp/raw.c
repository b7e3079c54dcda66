// The two primitives of each suite with OpenSSL, on the same packets and nothing else: no header is looked at, no source
// found, no index guessed, no replay noticed. Contexts live, keys are set once; a counter stands in for the index.
//
// evp: EVP_CIPHER and EVP_MAC, as OpenSSL 3 wants it. states: for the counter mode suites SHA-1's plain functions on copied
// states, which is the least that HMAC can cost with this library.

#include "bench.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

static EVP_CIPHER_CTX *sealer, *opener;
static EVP_MAC_CTX *mac;
static SHA_CTX inner, outer;
static uint64_t sealed, opened;
static int tag_bytes;

static void set_iv(uint8_t iv[16], uint64_t index) {
  memset(iv, 0x5A, 16);
  memcpy(iv + 4, &index, 8);
  iv[14] = iv[15] = 0;
}

static void mac_evp(const uint8_t *packet, int length, uint64_t index, uint8_t tag[20]) {
  uint32_t roc = (uint32_t)(index >> 16);
  size_t size;
  EVP_MAC_init(mac, NULL, 0, NULL);
  EVP_MAC_update(mac, packet, (size_t)length);
  EVP_MAC_update(mac, (uint8_t *)&roc, 4);
  EVP_MAC_final(mac, tag, &size, 20);
}

static void mac_states(const uint8_t *packet, int length, uint64_t index, uint8_t tag[20]) {
  uint32_t roc = (uint32_t)(index >> 16);
  SHA_CTX state = inner;
  SHA1_Update(&state, packet, (size_t)length);
  SHA1_Update(&state, &roc, 4);
  SHA1_Final(tag, &state);
  state = outer;
  SHA1_Update(&state, tag, 20);
  SHA1_Final(tag, &state);
}

#define COUNTER_MODE(NAME, MAC)                                                                    \
  static bool protect_##NAME(uint8_t *packet, int *length) {                                       \
    uint8_t iv[16], tag[20];                                                                       \
    int size;                                                                                      \
    set_iv(iv, sealed);                                                                            \
    if (!EVP_EncryptInit_ex(sealer, NULL, NULL, NULL, iv)) return false;                           \
    if (!EVP_EncryptUpdate(sealer, packet + 12, &size, packet + 12, *length - 12)) return false;   \
    MAC(packet, *length, sealed++, tag);                                                           \
    memcpy(packet + *length, tag, (size_t)tag_bytes);                                              \
    *length += tag_bytes;                                                                          \
    return true;                                                                                   \
  }                                                                                                \
  static bool unprotect_##NAME(uint8_t *packet, int *length) {                                     \
    uint8_t iv[16], tag[20];                                                                       \
    int size;                                                                                      \
    *length -= tag_bytes;                                                                          \
    MAC(packet, *length, opened, tag);                                                             \
    if (CRYPTO_memcmp(tag, packet + *length, (size_t)tag_bytes) != 0) return false;                \
    set_iv(iv, opened++);                                                                          \
    return EVP_DecryptInit_ex(opener, NULL, NULL, NULL, iv) &&                                     \
           EVP_DecryptUpdate(opener, packet + 12, &size, packet + 12, *length - 12);               \
  }

COUNTER_MODE(evp, mac_evp)
COUNTER_MODE(states, mac_states)

static bool protect_gcm(uint8_t *packet, int *length) {
  uint8_t iv[16];
  int size;
  set_iv(iv, sealed++);
  if (!EVP_EncryptInit_ex(sealer, NULL, NULL, NULL, iv)) return false;
  if (!EVP_EncryptUpdate(sealer, NULL, &size, packet, 12)) return false;
  if (!EVP_EncryptUpdate(sealer, packet + 12, &size, packet + 12, *length - 12)) return false;
  if (!EVP_EncryptFinal_ex(sealer, packet + *length, &size)) return false;
  if (!EVP_CIPHER_CTX_ctrl(sealer, EVP_CTRL_AEAD_GET_TAG, 16, packet + *length)) return false;
  *length += 16;
  return true;
}

static bool unprotect_gcm(uint8_t *packet, int *length) {
  uint8_t iv[16];
  int size;
  *length -= 16;
  set_iv(iv, opened++);
  return EVP_DecryptInit_ex(opener, NULL, NULL, NULL, iv) &&
         EVP_CIPHER_CTX_ctrl(opener, EVP_CTRL_AEAD_SET_TAG, 16, packet + *length) &&
         EVP_DecryptUpdate(opener, NULL, &size, packet, 12) &&
         EVP_DecryptUpdate(opener, packet + 12, &size, packet + 12, *length - 12) &&
         EVP_DecryptFinal_ex(opener, packet + *length, &size);
}

int main(int count, char **arguments) {
  static const struct {
    const char *suite, *cipher;
    int tag_bytes;
  } suites[] = {
      {"AES_CM_128_HMAC_SHA1_80", "AES-128-CTR", 10}, {"AES_CM_128_HMAC_SHA1_32", "AES-128-CTR", 4},
      {"AES_256_CM_HMAC_SHA1_80", "AES-256-CTR", 10}, {"AES_256_CM_HMAC_SHA1_32", "AES-256-CTR", 4},
      {"AEAD_AES_128_GCM", "AES-128-GCM", 16},        {"AEAD_AES_256_GCM", "AES-256-GCM", 16},
  };
  if (count < 4) {
    fprintf(stderr, "usage: %s evp|states protect|unprotect SUITE [PACKETS]\n", arguments[0]);
    return 2;
  }
  const char *cipher_name = NULL;
  for (size_t at = 0; at < sizeof suites / sizeof *suites; at++) {
    if (strcmp(suites[at].suite, arguments[3]) == 0) {
      cipher_name = suites[at].cipher;
      tag_bytes = suites[at].tag_bytes;
    }
  }
  if (cipher_name == NULL) {
    fprintf(stderr, "no suite %s\n", arguments[3]);
    return 2;
  }
  uint8_t key[32] = {1, 2, 3}, iv[16] = {0}, block[64];
  EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, cipher_name, NULL);
  sealer = EVP_CIPHER_CTX_new();
  opener = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(sealer, cipher, NULL, key, iv);
  EVP_DecryptInit_ex(opener, cipher, NULL, key, iv);
  mac = EVP_MAC_CTX_new(EVP_MAC_fetch(NULL, "HMAC", NULL));
  OSSL_PARAM digest[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA1", 0), OSSL_PARAM_construct_end()};
  EVP_MAC_init(mac, key, 20, digest);
  for (int at = 0; at < 64; at++) block[at] = (at < 20 ? key[at] : 0) ^ 0x36;
  SHA1_Init(&inner);
  SHA1_Update(&inner, block, 64);
  for (int at = 0; at < 64; at++) block[at] ^= 0x36 ^ 0x5c;
  SHA1_Init(&outer);
  SHA1_Update(&outer, block, 64);

  bool opens = strcmp(arguments[2], "unprotect") == 0;
  long packets = count > 4 ? atol(arguments[4]) : 0;
  if (tag_bytes == 16) return bench(protect_gcm, unprotect_gcm, opens, packets);
  if (strcmp(arguments[1], "evp") == 0) return bench(protect_evp, unprotect_evp, opens, packets);
  return bench(protect_states, unprotect_states, opens, packets);
}
