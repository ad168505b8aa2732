// Values of WASI 0.2 as they lie in the host's memory (<holdfast/witype.h>). Names are those of its WIT documents.
#ifndef WASI_P2_TYPES_H
#define WASI_P2_TYPES_H

#include <holdfast/witype.h>

// clang-format off
#define P2_OPTION(type) struct { bool some; type value; }
#define P2_RESULT(type, error_type) struct { bool err; union { type ok; error_type error; }; }
#define P2_LIST(type) struct { type *data; size_t size; }
// clang-format on

typedef P2_LIST(uint8_t) p2_bytes;
typedef P2_OPTION(hf_str) p2_option_string;
typedef P2_OPTION(hf_resource) p2_option_resource;

// -- wasi:io --

enum { STREAM_LAST_OPERATION_FAILED, STREAM_CLOSED };

typedef struct p2_stream_error {
    uint8_t tag;
    union {
        hf_resource last_operation_failed;
    };
} p2_stream_error;

typedef P2_RESULT(p2_bytes, p2_stream_error) p2_read_result;
typedef P2_RESULT(uint64_t, p2_stream_error) p2_count_result;
// clang-format off
typedef struct { bool err; union { p2_stream_error error; }; } p2_stream_result;
// clang-format on

// -- wasi:clocks --

typedef struct p2_datetime {
    uint64_t seconds;
    uint32_t nanoseconds;
} p2_datetime;

// -- wasi:filesystem --

enum {
    DESCRIPTOR_READ = 1,
    DESCRIPTOR_WRITE = 2,
    DESCRIPTOR_FILE_INTEGRITY_SYNC = 4,
    DESCRIPTOR_DATA_INTEGRITY_SYNC = 8,
    DESCRIPTOR_REQUESTED_WRITE_SYNC = 16,
    DESCRIPTOR_MUTATE_DIRECTORY = 32,
};
enum { PATH_SYMLINK_FOLLOW = 1 };
enum { OPEN_CREATE = 1, OPEN_DIRECTORY = 2, OPEN_EXCLUSIVE = 4, OPEN_TRUNCATE = 8 };

enum fs_code {
#define FS_CODE(name, text, errno_name) FS_##name,
#include "wasi/p2/fs_code.def"
#undef FS_CODE
    FS_CODES
};

typedef P2_OPTION(p2_datetime) p2_option_datetime;

typedef struct p2_descriptor_stat {
    uint8_t type;
    uint64_t link_count, size;
    p2_option_datetime data_access_timestamp, data_modification_timestamp, status_change_timestamp;
} p2_descriptor_stat;

enum { TIMESTAMP_NO_CHANGE, TIMESTAMP_NOW, TIMESTAMP_TIMESTAMP };

typedef struct p2_new_timestamp {
    uint8_t tag;
    union {
        p2_datetime timestamp;
    };
} p2_new_timestamp;

typedef struct p2_directory_entry {
    uint8_t type;
    hf_str name;
} p2_directory_entry;

typedef P2_OPTION(p2_directory_entry) p2_option_directory_entry;

typedef struct p2_metadata_hash_value {
    uint64_t lower, upper;
} p2_metadata_hash_value;

typedef struct p2_descriptor_read {
    p2_bytes data;
    bool end;
} p2_descriptor_read;

typedef struct p2_preopen {
    hf_resource descriptor;
    hf_str path;
} p2_preopen;

// -- wasi:sockets --

enum net_code {
#define NET_CODE(name, text) NET_##name,
#include "wasi/p2/net_code.def"
#undef NET_CODE
    NET_CODES
};

enum { IP_V4, IP_V6 };

typedef struct p2_ip_address {
    uint8_t tag;
    union {
        uint8_t ipv4[4];
        uint16_t ipv6[8];
    };
} p2_ip_address;

typedef struct p2_ipv4_socket_address {
    uint16_t port;
    uint8_t address[4];
} p2_ipv4_socket_address;

typedef struct p2_ipv6_socket_address {
    uint16_t port;
    uint32_t flow_info;
    uint16_t address[8];
    uint32_t scope_id;
} p2_ipv6_socket_address;

typedef struct p2_ip_socket_address {
    uint8_t tag;
    union {
        p2_ipv4_socket_address ipv4;
        p2_ipv6_socket_address ipv6;
    };
} p2_ip_socket_address;

typedef P2_OPTION(p2_ip_address) p2_option_ip_address;
typedef P2_OPTION(p2_ip_socket_address) p2_option_ip_socket_address;

typedef struct p2_incoming_datagram {
    p2_bytes data;
    p2_ip_socket_address remote_address;
} p2_incoming_datagram;

typedef struct p2_outgoing_datagram {
    p2_bytes data;
    p2_option_ip_socket_address remote_address;
} p2_outgoing_datagram;

typedef P2_LIST(p2_incoming_datagram) p2_incoming_datagrams;
typedef P2_LIST(p2_outgoing_datagram) p2_outgoing_datagrams;

enum { SHUTDOWN_RECEIVE, SHUTDOWN_SEND, SHUTDOWN_BOTH };

typedef struct p2_connection {
    hf_resource input, output;
} p2_connection;

typedef struct p2_accepted {
    hf_resource socket, input, output;
} p2_accepted;

// -- wasi:cli, wasi:config --

typedef struct p2_pair {
    hf_str name, value;
} p2_pair;

typedef P2_LIST(p2_pair) p2_pairs;
typedef P2_LIST(hf_str) p2_strings;

#endif
