# SPDX-License-Identifier: GPL-2.0-only OR MIT
# How the examples are built: XSCHED is where xsched is installed, by default the
# tree around them.

CC	?= gcc
CFLAGS	?= -O2 -g
TREE	:= $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
OUT	?= .

ifdef XSCHED
INCLUDE	:= $(XSCHED)/include
LIB	:= $(XSCHED)/lib
else
INCLUDE	:= $(TREE)/lib/include
LIB	:= $(TREE)/build/lib
endif

FLAGS	:= -std=gnu11 -Wall -Wextra -I$(INCLUDE) -I$(TREE)/examples -L$(LIB) -Wl,-rpath,$(LIB)
OPENCL	:= -lpreempt -lhalopencl -lOpenCL -pthread

$(OUT)/%: %.c $(wildcard ../*.h)
	$(CC) $(CFLAGS) $(FLAGS) -o $@ $< $(LIBS)
