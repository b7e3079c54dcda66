#ifndef IFSIP_COPENSSL_SHIM_H
#define IFSIP_COPENSSL_SHIM_H

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/modes.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <string.h>

// OpenSSL 3 marks the plain SHA-256 functions as deprecated in favour of EVP. They are used for SHA-256 alone,
// because their state is a value of 112 bytes: it lives on the stack, needs no allocation and can be copied, so an
// HMAC key is two states that any thread may read. Measured for an HMAC of 60 bytes beside the compression function
// that all ways share: 400 instructions here, 1,500 with EVP_MD_CTX_copy_ex (which allocates each time), 2,100 with a
// reused EVP_MAC context, 16,000 with HMAC().
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"

static inline void ifsip_sha256_init(SHA256_CTX *state) {
  SHA256_Init(state);
}

static inline void ifsip_sha256_update(SHA256_CTX *state, const void *bytes, size_t count) {
  SHA256_Update(state, bytes, count);
}

static inline void ifsip_sha256_final(SHA256_CTX *state, unsigned char *digest) {
  SHA256_Final(digest, state);
}

// HMAC-SHA-1 (RFC 2104) likewise, for SRTP, which wants one for every packet: `inner` and `outer` are the states that
// follow the two padded keys and stay as they are. The message comes in two parts.

static inline void ifsip_sha1_begin(SHA_CTX *state, const unsigned char *block) {
  SHA1_Init(state);
  SHA1_Update(state, block, 64);
}

static inline void ifsip_sha1(const void *bytes, size_t count, unsigned char *digest) {
  SHA_CTX state;
  SHA1_Init(&state);
  SHA1_Update(&state, bytes, count);
  SHA1_Final(digest, &state);
}

static inline void ifsip_hmac_sha1(
    const SHA_CTX *inner, const SHA_CTX *outer, const void *first, size_t first_count, const void *second,
    size_t second_count, unsigned char *mac) {
  SHA_CTX state = *inner;
  SHA1_Update(&state, first, first_count);
  SHA1_Update(&state, second, second_count);
  SHA1_Final(mac, &state);
  state = *outer;
  SHA1_Update(&state, mac, 20);
  SHA1_Final(mac, &state);
}

#pragma clang diagnostic pop

// AES in counter mode and GCM over a context that encrypts single blocks (ECB without padding), whose key is set once.
//
// The counter modes of EVP want their initial vector set for every packet, which costs more than the packet: 1,370
// instructions for 160 bytes of AES-128-CTR and 3,120 of AES-128-GCM, against 520 and 1,520 here (OpenSSL 3.0 with AES-NI,
// 135 and 323 ns against 39 and 152). Counter blocks are encrypted up to 32 at once; GHASH is OpenSSL's own.

// XORs the key stream that starts at the counter block `high`, `low` (most significant first; `low` counts) onto bytes.
static inline int ifsip_aes_counter(
    EVP_CIPHER_CTX *blocks, uint64_t high, uint64_t low, const unsigned char *in, unsigned char *out, size_t count) {
  unsigned char stream[16 * 32];
  high = __builtin_bswap64(high);
  while (count > 0) {
    size_t wanted = (count + 15) / 16, part, at;
    int written;
    if (wanted > 32) wanted = 32;
    for (at = 0; at < wanted; at++) {
      uint64_t counter = __builtin_bswap64(low++);
      memcpy(stream + 16 * at, &high, 8);
      memcpy(stream + 16 * at + 8, &counter, 8);
    }
    if (EVP_EncryptUpdate(blocks, stream, &written, stream, (int)(16 * wanted)) != 1) return 0;
    part = count < 16 * wanted ? count : 16 * wanted;
    for (at = 0; at + 8 <= part; at += 8) {
      uint64_t text, key;
      memcpy(&text, in + at, 8);
      memcpy(&key, stream + at, 8);
      text ^= key;
      memcpy(out + at, &text, 8);
    }
    for (; at < part; at++) out[at] = in[at] ^ stream[at];
    in += part;
    out += part;
    count -= part;
  }
  return 1;
}

static inline void ifsip_gcm_block(const unsigned char *in, unsigned char *out, const void *blocks) {
  int written;
  EVP_EncryptUpdate((EVP_CIPHER_CTX *)blocks, out, &written, in, 16);
}

static inline void ifsip_gcm_stream(
    const unsigned char *in, unsigned char *out, size_t count, const void *blocks, const unsigned char *counter) {
  uint64_t high, low;
  memcpy(&high, counter, 8);
  memcpy(&low, counter + 8, 8);
  // GCM counts in 32 bits, from 2 on, and no packet has 2^32 blocks: there is nothing to carry.
  ifsip_aes_counter(
      (EVP_CIPHER_CTX *)blocks, __builtin_bswap64(high), __builtin_bswap64(low), in, out, 16 * count);
}

// A context for GCM that uses `blocks` as long as it lives; CRYPTO_gcm128_release frees it.
static inline GCM128_CONTEXT *ifsip_gcm_new(EVP_CIPHER_CTX *blocks) {
  return CRYPTO_gcm128_new(blocks, ifsip_gcm_block);
}

// Encrypts or decrypts the `count` bytes of `text` in place after taking in two parts that stay in the clear. Sealing
// writes 16 bytes of tag; opening compares with them in constant time. 1 when all went well and the tag is right.
static inline int ifsip_gcm(
    GCM128_CONTEXT *context, int seals, const unsigned char *nonce, const unsigned char *first, size_t first_count,
    const unsigned char *second, size_t second_count, unsigned char *text, size_t count, unsigned char *tag) {
  CRYPTO_gcm128_setiv(context, nonce, 12);
  if (first_count > 0 && CRYPTO_gcm128_aad(context, first, first_count) != 0) return 0;
  if (second_count > 0 && CRYPTO_gcm128_aad(context, second, second_count) != 0) return 0;
  if (seals) {
    if (CRYPTO_gcm128_encrypt_ctr32(context, text, text, count, ifsip_gcm_stream) != 0) return 0;
    CRYPTO_gcm128_tag(context, tag, 16);
    return 1;
  }
  if (CRYPTO_gcm128_decrypt_ctr32(context, text, text, count, ifsip_gcm_stream) != 0) return 0;
  return CRYPTO_gcm128_finish(context, tag, 16) == 0;
}

// What OpenSSL offers as macros only, which Swift does not see.

static inline void ifsip_tls_options(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
}

static inline void ifsip_tls_no_tickets(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
}

static inline void ifsip_tls_modes(SSL_CTX *context) {
  SSL_CTX_set_mode(
      context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static inline void ifsip_tls_max_chain(SSL_CTX *context, long bytes) {
  SSL_CTX_set_max_cert_list(context, bytes);
}

static inline int ifsip_tls_versions(SSL_CTX *context, int minimum, int maximum) {
  return SSL_CTX_set_min_proto_version(context, minimum) == 1 && SSL_CTX_set_max_proto_version(context, maximum) == 1;
}

static inline int ifsip_tls_groups(SSL_CTX *context, const char *list) {
  return SSL_CTX_set1_groups_list(context, list) == 1;
}

static inline void ifsip_tls_session_cache_off(SSL_CTX *context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline int ifsip_tls_add_chain(SSL_CTX *context, X509 *certificate) {
  return SSL_CTX_add1_chain_cert(context, certificate) == 1;
}

static inline void ifsip_tls_on_server_name(SSL_CTX *context, int (*callback)(SSL *, int *, void *), void *argument) {
  SSL_CTX_set_tlsext_servername_callback(context, callback);
  SSL_CTX_set_tlsext_servername_arg(context, argument);
}

static inline int ifsip_tls_set_server_name(SSL *connection, const char *name) {
  return SSL_set_tlsext_host_name(connection, name) == 1;
}

static inline void ifsip_tls_on_status(SSL_CTX *context, int (*callback)(SSL *, void *), void *argument) {
  SSL_CTX_set_tlsext_status_cb(context, callback);
  SSL_CTX_set_tlsext_status_arg(context, argument);
}

static inline void ifsip_tls_ask_status(SSL *connection) {
  SSL_set_tlsext_status_type(connection, TLSEXT_STATUSTYPE_ocsp);
}

// The connection becomes the owner of `response`, which OPENSSL_malloc has made.
static inline void ifsip_tls_set_status(SSL *connection, unsigned char *response, long count) {
  SSL_set_tlsext_status_ocsp_resp(connection, response, count);
}

static inline long ifsip_tls_status(SSL *connection, const unsigned char **response) {
  return SSL_get_tlsext_status_ocsp_resp(connection, response);
}

static inline void *ifsip_openssl_malloc(size_t count) {
  return OPENSSL_malloc(count);
}

static inline int ifsip_tls_context_index(void) {
  return SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

static inline int ifsip_tls_connection_index(void) {
  return SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

static inline void ifsip_bio_wants_read(BIO *bio) {
  BIO_clear_retry_flags(bio);
  BIO_set_retry_read(bio);
}

static inline void ifsip_bio_wants_nothing(BIO *bio) {
  BIO_clear_retry_flags(bio);
}

static inline uint32_t ifsip_tls_cipher_id(const SSL_CIPHER *cipher) {
  return (uint32_t)SSL_CIPHER_get_id(cipher);
}

static inline int ifsip_error_library(unsigned long code) {
  return ERR_GET_LIB(code);
}

static inline int ifsip_error_reason(unsigned long code) {
  return ERR_GET_REASON(code);
}

// Seconds since 1970; 0 when `time` is none.
static inline int ifsip_asn1_time(const ASN1_TIME *time, int64_t *seconds) {
  int days = 0, rest = 0;
  ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
  int result = epoch != NULL && ASN1_TIME_diff(&days, &rest, epoch, time);
  ASN1_TIME_free(epoch);
  *seconds = (int64_t)days * 86400 + rest;
  return result;
}

// The subjectAltName of a certificate (RFC 5280 section 4.2.1.6), to be freed by ifsip_names_free; NULL when it has none.
static inline GENERAL_NAMES *ifsip_names(const X509 *certificate) {
  return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline void ifsip_names_free(GENERAL_NAMES *names) {
  GENERAL_NAMES_free(names);
}

static inline int ifsip_names_count(const GENERAL_NAMES *names) {
  return sk_GENERAL_NAME_num(names);
}

// The bytes of one name and its kind: GEN_DNS, GEN_URI or GEN_IPADD; any other kind has none.
static inline int ifsip_name(const GENERAL_NAMES *names, int place, const unsigned char **bytes, int *count) {
  int kind = 0;
  const void *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, place), &kind);
  if (value == NULL || (kind != GEN_DNS && kind != GEN_URI && kind != GEN_IPADD)) return -1;
  *bytes = ASN1_STRING_get0_data((const ASN1_STRING *)value);
  *count = ASN1_STRING_length((const ASN1_STRING *)value);
  return kind;
}

#endif
