// TensorFlow.js 4.22.0, Apache-2.0: LICENSE-tfjs.txt. Made by transforms/web/vendoring/build.mjs.
var GE=Object.create;var _p=Object.defineProperty;var WE=Object.getOwnPropertyDescriptor;var zE=Object.getOwnPropertyNames;var KE=Object.getPrototypeOf,HE=Object.prototype.hasOwnProperty;var Oo=(r,e)=>()=>{try{return e||r((e={exports:{}}).exports,e),e.exports}catch(t){throw e=0,t}},ue=(r,e)=>{for(var t in e)_p(r,t,{get:e[t],enumerable:!0})},qE=(r,e,t,n)=>{if(e&&typeof e=="object"||typeof e=="function")for(let o of zE(e))!HE.call(r,o)&&o!==t&&_p(r,o,{get:()=>e[o],enumerable:!(n=WE(e,o))||n.enumerable});return r};var jd=(r,e,t)=>(t=r!=null?GE(KE(r)):{},qE(e||!r||!r.__esModule?_p(t,"default",{value:r,enumerable:!0}):t,r));var Th=Oo((xU,Sh)=>{Sh.exports=ye;var $t=null;try{$t=new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0,97,115,109,1,0,0,0,1,13,2,96,0,1,127,96,4,127,127,127,127,1,127,3,7,6,0,1,1,1,1,1,6,6,1,127,1,65,0,11,7,50,6,3,109,117,108,0,1,5,100,105,118,95,115,0,2,5,100,105,118,95,117,0,3,5,114,101,109,95,115,0,4,5,114,101,109,95,117,0,5,8,103,101,116,95,104,105,103,104,0,0,10,191,1,6,4,0,35,0,11,36,1,1,126,32,0,173,32,1,173,66,32,134,132,32,2,173,32,3,173,66,32,134,132,126,34,4,66,32,135,167,36,0,32,4,167,11,36,1,1,126,32,0,173,32,1,173,66,32,134,132,32,2,173,32,3,173,66,32,134,132,127,34,4,66,32,135,167,36,0,32,4,167,11,36,1,1,126,32,0,173,32,1,173,66,32,134,132,32,2,173,32,3,173,66,32,134,132,128,34,4,66,32,135,167,36,0,32,4,167,11,36,1,1,126,32,0,173,32,1,173,66,32,134,132,32,2,173,32,3,173,66,32,134,132,129,34,4,66,32,135,167,36,0,32,4,167,11,36,1,1,126,32,0,173,32,1,173,66,32,134,132,32,2,173,32,3,173,66,32,134,132,130,34,4,66,32,135,167,36,0,32,4,167,11])),{}).exports}catch{}function ye(r,e,t){this.low=r|0,this.high=e|0,this.unsigned=!!t}ye.prototype.__isLong__;Object.defineProperty(ye.prototype,"__isLong__",{value:!0});function bt(r){return(r&&r.__isLong__)===!0}ye.isLong=bt;var gh={},xh={};function oo(r,e){var t,n,o;return e?(r>>>=0,(o=0<=r&&r<256)&&(n=xh[r],n)?n:(t=be(r,(r|0)<0?-1:0,!0),o&&(xh[r]=t),t)):(r|=0,(o=-128<=r&&r<128)&&(n=gh[r],n)?n:(t=be(r,r<0?-1:0,!1),o&&(gh[r]=t),t))}ye.fromInt=oo;function Rt(r,e){if(isNaN(r))return e?no:Ft;if(e){if(r<0)return no;if(r>=Nh)return vh}else{if(r<=-bh)return yt;if(r+1>=bh)return Ch}return r<0?Rt(-r,e).neg():be(r%Ds|0,r/Ds|0,e)}ye.fromNumber=Rt;function be(r,e,t){return new ye(r,e,t)}ye.fromBits=be;var Xi=Math.pow;function Vp(r,e,t){if(r.length===0)throw Error("empty string");if(r==="NaN"||r==="Infinity"||r==="+Infinity"||r==="-Infinity")return Ft;if(typeof e=="number"?(t=e,e=!1):e=!!e,t=t||10,t<2||36<t)throw RangeError("radix");var n;if((n=r.indexOf("-"))>0)throw Error("interior hyphen");if(n===0)return Vp(r.substring(1),e,t).neg();for(var o=Rt(Xi(t,8)),s=Ft,a=0;a<r.length;a+=8){var i=Math.min(8,r.length-a),u=parseInt(r.substring(a,a+i),t);if(i<8){var l=Rt(Xi(t,i));s=s.mul(l).add(Rt(u))}else s=s.mul(o),s=s.add(Rt(u))}return s.unsigned=e,s}ye.fromString=Vp;function Vt(r,e){return typeof r=="number"?Rt(r,e):typeof r=="string"?Vp(r,e):be(r.low,r.high,typeof e=="boolean"?e:r.unsigned)}ye.fromValue=Vt;var yh=65536,y_=1<<24,Ds=yh*yh,Nh=Ds*Ds,bh=Nh/2,wh=oo(y_),Ft=oo(0);ye.ZERO=Ft;var no=oo(0,!0);ye.UZERO=no;var Fs=oo(1);ye.ONE=Fs;var Ih=oo(1,!0);ye.UONE=Ih;var Up=oo(-1);ye.NEG_ONE=Up;var Ch=be(-1,2147483647,!1);ye.MAX_VALUE=Ch;var vh=be(-1,-1,!0);ye.MAX_UNSIGNED_VALUE=vh;var yt=be(0,-2147483648,!1);ye.MIN_VALUE=yt;var M=ye.prototype;M.toInt=function(){return this.unsigned?this.low>>>0:this.low};M.toNumber=function(){return this.unsigned?(this.high>>>0)*Ds+(this.low>>>0):this.high*Ds+(this.low>>>0)};M.toString=function(e){if(e=e||10,e<2||36<e)throw RangeError("radix");if(this.isZero())return"0";if(this.isNegative())if(this.eq(yt)){var t=Rt(e),n=this.div(t),o=n.mul(t).sub(this);return n.toString(e)+o.toInt().toString(e)}else return"-"+this.neg().toString(e);for(var s=Rt(Xi(e,6),this.unsigned),a=this,i="";;){var u=a.div(s),l=a.sub(u.mul(s)).toInt()>>>0,p=l.toString(e);if(a=u,a.isZero())return p+i;for(;p.length<6;)p="0"+p;i=""+p+i}};M.getHighBits=function(){return this.high};M.getHighBitsUnsigned=function(){return this.high>>>0};M.getLowBits=function(){return this.low};M.getLowBitsUnsigned=function(){return this.low>>>0};M.getNumBitsAbs=function(){if(this.isNegative())return this.eq(yt)?64:this.neg().getNumBitsAbs();for(var e=this.high!=0?this.high:this.low,t=31;t>0&&(e&1<<t)==0;t--);return this.high!=0?t+33:t+1};M.isZero=function(){return this.high===0&&this.low===0};M.eqz=M.isZero;M.isNegative=function(){return!this.unsigned&&this.high<0};M.isPositive=function(){return this.unsigned||this.high>=0};M.isOdd=function(){return(this.low&1)===1};M.isEven=function(){return(this.low&1)===0};M.equals=function(e){return bt(e)||(e=Vt(e)),this.unsigned!==e.unsigned&&this.high>>>31===1&&e.high>>>31===1?!1:this.high===e.high&&this.low===e.low};M.eq=M.equals;M.notEquals=function(e){return!this.eq(e)};M.neq=M.notEquals;M.ne=M.notEquals;M.lessThan=function(e){return this.comp(e)<0};M.lt=M.lessThan;M.lessThanOrEqual=function(e){return this.comp(e)<=0};M.lte=M.lessThanOrEqual;M.le=M.lessThanOrEqual;M.greaterThan=function(e){return this.comp(e)>0};M.gt=M.greaterThan;M.greaterThanOrEqual=function(e){return this.comp(e)>=0};M.gte=M.greaterThanOrEqual;M.ge=M.greaterThanOrEqual;M.compare=function(e){if(bt(e)||(e=Vt(e)),this.eq(e))return 0;var t=this.isNegative(),n=e.isNegative();return t&&!n?-1:!t&&n?1:this.unsigned?e.high>>>0>this.high>>>0||e.high===this.high&&e.low>>>0>this.low>>>0?-1:1:this.sub(e).isNegative()?-1:1};M.comp=M.compare;M.negate=function(){return!this.unsigned&&this.eq(yt)?yt:this.not().add(Fs)};M.neg=M.negate;M.add=function(e){bt(e)||(e=Vt(e));var t=this.high>>>16,n=this.high&65535,o=this.low>>>16,s=this.low&65535,a=e.high>>>16,i=e.high&65535,u=e.low>>>16,l=e.low&65535,p=0,c=0,m=0,f=0;return f+=s+l,m+=f>>>16,f&=65535,m+=o+u,c+=m>>>16,m&=65535,c+=n+i,p+=c>>>16,c&=65535,p+=t+a,p&=65535,be(m<<16|f,p<<16|c,this.unsigned)};M.subtract=function(e){return bt(e)||(e=Vt(e)),this.add(e.neg())};M.sub=M.subtract;M.multiply=function(e){if(this.isZero())return Ft;if(bt(e)||(e=Vt(e)),$t){var t=$t.mul(this.low,this.high,e.low,e.high);return be(t,$t.get_high(),this.unsigned)}if(e.isZero())return Ft;if(this.eq(yt))return e.isOdd()?yt:Ft;if(e.eq(yt))return this.isOdd()?yt:Ft;if(this.isNegative())return e.isNegative()?this.neg().mul(e.neg()):this.neg().mul(e).neg();if(e.isNegative())return this.mul(e.neg()).neg();if(this.lt(wh)&&e.lt(wh))return Rt(this.toNumber()*e.toNumber(),this.unsigned);var n=this.high>>>16,o=this.high&65535,s=this.low>>>16,a=this.low&65535,i=e.high>>>16,u=e.high&65535,l=e.low>>>16,p=e.low&65535,c=0,m=0,f=0,d=0;return d+=a*p,f+=d>>>16,d&=65535,f+=s*p,m+=f>>>16,f&=65535,f+=a*l,m+=f>>>16,f&=65535,m+=o*p,c+=m>>>16,m&=65535,m+=s*l,c+=m>>>16,m&=65535,m+=a*u,c+=m>>>16,m&=65535,c+=n*p+o*l+s*u+a*i,c&=65535,be(f<<16|d,c<<16|m,this.unsigned)};M.mul=M.multiply;M.divide=function(e){if(bt(e)||(e=Vt(e)),e.isZero())throw Error("division by zero");if($t){if(!this.unsigned&&this.high===-2147483648&&e.low===-1&&e.high===-1)return this;var t=(this.unsigned?$t.div_u:$t.div_s)(this.low,this.high,e.low,e.high);return be(t,$t.get_high(),this.unsigned)}if(this.isZero())return this.unsigned?no:Ft;var n,o,s;if(this.unsigned){if(e.unsigned||(e=e.toUnsigned()),e.gt(this))return no;if(e.gt(this.shru(1)))return Ih;s=no}else{if(this.eq(yt)){if(e.eq(Fs)||e.eq(Up))return yt;if(e.eq(yt))return Fs;var a=this.shr(1);return n=a.div(e).shl(1),n.eq(Ft)?e.isNegative()?Fs:Up:(o=this.sub(e.mul(n)),s=n.add(o.div(e)),s)}else if(e.eq(yt))return this.unsigned?no:Ft;if(this.isNegative())return e.isNegative()?this.neg().div(e.neg()):this.neg().div(e).neg();if(e.isNegative())return this.div(e.neg()).neg();s=Ft}for(o=this;o.gte(e);){n=Math.max(1,Math.floor(o.toNumber()/e.toNumber()));for(var i=Math.ceil(Math.log(n)/Math.LN2),u=i<=48?1:Xi(2,i-48),l=Rt(n),p=l.mul(e);p.isNegative()||p.gt(o);)n-=u,l=Rt(n,this.unsigned),p=l.mul(e);l.isZero()&&(l=Fs),s=s.add(l),o=o.sub(p)}return s};M.div=M.divide;M.modulo=function(e){if(bt(e)||(e=Vt(e)),$t){var t=(this.unsigned?$t.rem_u:$t.rem_s)(this.low,this.high,e.low,e.high);return be(t,$t.get_high(),this.unsigned)}return this.sub(this.div(e).mul(e))};M.mod=M.modulo;M.rem=M.modulo;M.not=function(){return be(~this.low,~this.high,this.unsigned)};M.and=function(e){return bt(e)||(e=Vt(e)),be(this.low&e.low,this.high&e.high,this.unsigned)};M.or=function(e){return bt(e)||(e=Vt(e)),be(this.low|e.low,this.high|e.high,this.unsigned)};M.xor=function(e){return bt(e)||(e=Vt(e)),be(this.low^e.low,this.high^e.high,this.unsigned)};M.shiftLeft=function(e){return bt(e)&&(e=e.toInt()),(e&=63)===0?this:e<32?be(this.low<<e,this.high<<e|this.low>>>32-e,this.unsigned):be(0,this.low<<e-32,this.unsigned)};M.shl=M.shiftLeft;M.shiftRight=function(e){return bt(e)&&(e=e.toInt()),(e&=63)===0?this:e<32?be(this.low>>>e|this.high<<32-e,this.high>>e,this.unsigned):be(this.high>>e-32,this.high>=0?0:-1,this.unsigned)};M.shr=M.shiftRight;M.shiftRightUnsigned=function(e){if(bt(e)&&(e=e.toInt()),e&=63,e===0)return this;var t=this.high;if(e<32){var n=this.low;return be(n>>>e|t<<32-e,t>>>e,this.unsigned)}else return e===32?be(t,0,this.unsigned):be(t>>>e-32,0,this.unsigned)};M.shru=M.shiftRightUnsigned;M.shr_u=M.shiftRightUnsigned;M.toSigned=function(){return this.unsigned?be(this.low,this.high,!1):this};M.toUnsigned=function(){return this.unsigned?this:be(this.low,this.high,!0)};M.toBytes=function(e){return e?this.toBytesLE():this.toBytesBE()};M.toBytesLE=function(){var e=this.high,t=this.low;return[t&255,t>>>8&255,t>>>16&255,t>>>24,e&255,e>>>8&255,e>>>16&255,e>>>24]};M.toBytesBE=function(){var e=this.high,t=this.low;return[e>>>24,e>>>16&255,e>>>8&255,e&255,t>>>24,t>>>16&255,t>>>8&255,t&255]};ye.fromBytes=function(e,t,n){return n?ye.fromBytesLE(e,t):ye.fromBytesBE(e,t)};ye.fromBytesLE=function(e,t){return new ye(e[0]|e[1]<<8|e[2]<<16|e[3]<<24,e[4]|e[5]<<8|e[6]<<16|e[7]<<24,t)};ye.fromBytesBE=function(e,t){return new ye(e[4]<<24|e[5]<<16|e[6]<<8|e[7],e[0]<<24|e[1]<<16|e[2]<<8|e[3],t)}});var cg=Oo(()=>{});var mg=Oo(()=>{});var ES=Oo(()=>{});var _S=Oo(()=>{});var kS=Oo((Yl,Jf)=>{var Zf=(()=>{var r=typeof document<"u"&&document.currentScript?document.currentScript.src:void 0;return typeof __filename<"u"&&(r=r||__filename),(function(e){e=e||{};var t=typeof e<"u"?e:{},n,o;t.ready=new Promise(function($,O){n=$,o=O});var s,a=Object.assign({},t),i=[],u="./this.program",l=($,O)=>{throw O},p=typeof window=="object",c=typeof importScripts=="function",m=!1,f="";function d($){return t.locateFile?t.locateFile($,f):f+$}var g,h,x,b;function C($){if($ instanceof Ld)return;R("exiting due to exception: "+$)}if(m){var E=ES(),k=_S();c?f=k.dirname(f)+"/":f=__dirname+"/",g=($,O)=>($=Oi($)?new URL($):k.normalize($),E.readFileSync($,O?void 0:"utf8")),x=$=>{var O=g($,!0);return O.buffer||(O=new Uint8Array(O)),O},h=($,O,H)=>{$=Oi($)?new URL($):k.normalize($),E.readFile($,function(ie,Ee){ie?H(ie):O(Ee.buffer)})},(void 0).argv.length>1&&(u=(void 0).argv[1].replace(/\\/g,"/")),i=(void 0).argv.slice(2),(void 0).on("uncaughtException",function($){if(!($ instanceof Ld))throw $}),(void 0).on("unhandledRejection",function($){throw $}),l=($,O)=>{if(k0())throw(void 0).exitCode=$,O;C(O),(void 0).exit($)},t.inspect=function(){return"[Emscripten Module object]"}}else(p||c)&&(c?f=self.location.href:typeof document<"u"&&document.currentScript&&(f=document.currentScript.src),r&&(f=r),f.indexOf("blob:")!==0?f=f.substr(0,f.replace(/[?#].*/,"").lastIndexOf("/")+1):f="",g=$=>{var O=new XMLHttpRequest;return O.open("GET",$,!1),O.send(null),O.responseText},c&&(x=$=>{var O=new XMLHttpRequest;return O.open("GET",$,!1),O.responseType="arraybuffer",O.send(null),new Uint8Array(O.response)}),h=($,O,H)=>{var ie=new XMLHttpRequest;ie.open("GET",$,!0),ie.responseType="arraybuffer",ie.onload=()=>{if(ie.status==200||ie.status==0&&ie.response){O(ie.response);return}H()},ie.onerror=H,ie.send(null)},b=$=>document.title=$);var A=t.print||console.log.bind(console),R=t.printErr||console.warn.bind(console);Object.assign(t,a),a=null,t.arguments&&(i=t.arguments),t.thisProgram&&(u=t.thisProgram),t.quit&&(l=t.quit);var F=4,D;t.wasmBinary&&(D=t.wasmBinary);var L=t.noExitRuntime||!0;typeof WebAssembly!="object"&&Sa("no native wasm support detected");var z,j=!1,te;function pe($,O){$||Sa(O)}var ce=typeof TextDecoder<"u"?new TextDecoder("utf8"):void 0;function Le($,O,H){O>>>=0;for(var ie=O+H,Ee=O;$[Ee]&&!(Ee>=ie);)++Ee;if(Ee-O>16&&$.buffer&&ce)return ce.decode($.subarray(O,Ee));for(var _e="";O<Ee;){var re=$[O++];if(!(re&128)){_e+=String.fromCharCode(re);continue}var ee=$[O++]&63;if((re&224)==192){_e+=String.fromCharCode((re&31)<<6|ee);continue}var ze=$[O++]&63;if((re&240)==224?re=(re&15)<<12|ee<<6|ze:re=(re&7)<<18|ee<<12|ze<<6|$[O++]&63,re<65536)_e+=String.fromCharCode(re);else{var Ut=re-65536;_e+=String.fromCharCode(55296|Ut>>10,56320|Ut&1023)}}return _e}function Te($,O){return $>>>=0,$?Le(ut,$,O):""}function we($,O,H,ie){if(H>>>=0,!(ie>0))return 0;for(var Ee=H,_e=H+ie-1,re=0;re<$.length;++re){var ee=$.charCodeAt(re);if(ee>=55296&&ee<=57343){var ze=$.charCodeAt(++re);ee=65536+((ee&1023)<<10)|ze&1023}if(ee<=127){if(H>=_e)break;O[H++>>>0]=ee}else if(ee<=2047){if(H+1>=_e)break;O[H++>>>0]=192|ee>>6,O[H++>>>0]=128|ee&63}else if(ee<=65535){if(H+2>=_e)break;O[H++>>>0]=224|ee>>12,O[H++>>>0]=128|ee>>6&63,O[H++>>>0]=128|ee&63}else{if(H+3>=_e)break;O[H++>>>0]=240|ee>>18,O[H++>>>0]=128|ee>>12&63,O[H++>>>0]=128|ee>>6&63,O[H++>>>0]=128|ee&63}}return O[H>>>0]=0,H-Ee}function Pe($,O,H){return we($,ut,O,H)}var Ye,St,ut,Qe,Cp,Fo,xn,S0,T0;function Rd($){Ye=$,t.HEAP8=St=new Int8Array($),t.HEAP16=Qe=new Int16Array($),t.HEAP32=Fo=new Int32Array($),t.HEAPU8=ut=new Uint8Array($),t.HEAPU16=Cp=new Uint16Array($),t.HEAPU32=xn=new Uint32Array($),t.HEAPF32=S0=new Float32Array($),t.HEAPF64=T0=new Float64Array($)}var nU=t.INITIAL_MEMORY||16777216,E0,Fd=[],Dd=[],Od=[],_0=!1;function k0(){return L}function A0(){if(t.preRun)for(typeof t.preRun=="function"&&(t.preRun=[t.preRun]);t.preRun.length;)F0(t.preRun.shift());Sp(Fd)}function $0(){_0=!0,Sp(Dd)}function R0(){if(t.postRun)for(typeof t.postRun=="function"&&(t.postRun=[t.postRun]);t.postRun.length;)O0(t.postRun.shift());Sp(Od)}function F0($){Fd.unshift($)}function D0($){Dd.unshift($)}function O0($){Od.unshift($)}var yn=0,vp=null,va=null;function P0($){yn++,t.monitorRunDependencies&&t.monitorRunDependencies(yn)}function B0($){if(yn--,t.monitorRunDependencies&&t.monitorRunDependencies(yn),yn==0&&(vp!==null&&(clearInterval(vp),vp=null),va)){var O=va;va=null,O()}}function Sa($){t.onAbort&&t.onAbort($),$="Aborted("+$+")",R($),j=!0,te=1,$+=". Build with -sASSERTIONS for more info.";var O=new WebAssembly.RuntimeError($);throw o(O),O}var L0="data:application/octet-stream;base64,";function Pd($){return $.startsWith(L0)}function Oi($){return $.startsWith("file://")}var ht;ht="tfjs-backend-wasm.wasm",Pd(ht)||(ht=d(ht));function Bd($){try{if($==ht&&D)return new Uint8Array(D);if(x)return x($);throw"both async and sync fetching of the wasm failed"}catch(O){Sa(O)}}function M0(){if(!D&&(p||c)){if(typeof fetch=="function"&&!Oi(ht))return fetch(ht,{credentials:"same-origin"}).then(function($){if(!$.ok)throw"failed to load wasm binary file at '"+ht+"'";return $.arrayBuffer()}).catch(function(){return Bd(ht)});if(h)return new Promise(function($,O){h(ht,function(H){$(new Uint8Array(H))},O)})}return Promise.resolve().then(function(){return Bd(ht)})}function U0(){var $={env:Gd,wasi_snapshot_preview1:Gd};function O(re,ee){var ze=re.exports;t.asm=ze,z=t.asm.memory,Rd(z.buffer),E0=t.asm.__indirect_function_table,D0(t.asm.__wasm_call_ctors),B0("wasm-instantiate")}P0("wasm-instantiate");function H(re){O(re.instance)}function ie(re){return M0().then(function(ee){return WebAssembly.instantiate(ee,$)}).then(function(ee){return ee}).then(re,function(ee){R("failed to asynchronously prepare wasm: "+ee),Sa(ee)})}function Ee(){return!D&&typeof WebAssembly.instantiateStreaming=="function"&&!Pd(ht)&&!Oi(ht)&&!m&&typeof fetch=="function"?fetch(ht,{credentials:"same-origin"}).then(function(re){var ee=WebAssembly.instantiateStreaming(re,$);return ee.then(H,function(ze){return R("wasm streaming compile failed: "+ze),R("falling back to ArrayBuffer instantiation"),ie(H)})}):ie(H)}if(t.instantiateWasm)try{var _e=t.instantiateWasm($,O);return _e}catch(re){R("Module.instantiateWasm callback failed with error: "+re),o(re)}return Ee().catch(o),{}}var oU,sU;function Ld($){this.name="ExitStatus",this.message="Program terminated with exit("+$+")",this.status=$}function Sp($){for(;$.length>0;)$.shift()(t)}function V0(){Sa("")}function Md(){return 4294901760}function G0(){return Md()}function W0($,O,H){ut.copyWithin($>>>0,O>>>0,O+H>>>0)}function z0($){try{return z.grow($-Ye.byteLength+65535>>>16),Rd(z.buffer),1}catch{}}function K0($){var O=ut.length;$=$>>>0;var H=Md();if($>H)return!1;let ie=(ze,Ut)=>ze+(Ut-ze%Ut)%Ut;for(var Ee=1;Ee<=4;Ee*=2){var _e=O*(1+.2/Ee);_e=Math.min(_e,$+100663296);var re=Math.min(H,ie(Math.max($,_e),65536)),ee=z0(re);if(ee)return!0}return!1}var Ud={varargs:void 0,get:function(){Ud.varargs+=4;var $=Fo[Ud.varargs-4>>>2];return $},getStr:function($){var O=Te($);return O}};function H0($){return 52}function q0($,O,H,ie,Ee){return 70}var j0=[null,[],[]];function X0($,O){var H=j0[$];O===0||O===10?(($===1?A:R)(Le(H,0)),H.length=0):H.push(O)}function Y0($,O,H,ie){for(var Ee=0,_e=0;_e<H;_e++){var re=xn[O>>>2],ee=xn[O+4>>>2];O+=8;for(var ze=0;ze<ee;ze++)X0($,ut[re+ze>>>0]);Ee+=ee}return xn[ie>>>2]=Ee,0}function Vd($){var O=t["_"+$];return O}function Q0($,O){St.set($,O>>>0)}function Z0($,O,H,ie,Ee){var _e={string:gt=>{var Do=0;if(gt!=null&&gt!==0){var qd=(gt.length<<2)+1;Do=Tp(qd),Pe(gt,Do,qd)}return Do},array:gt=>{var Do=Tp(gt.length);return Q0(gt,Do),Do}};function re(gt){return O==="string"?Te(gt):O==="boolean"?!!gt:gt}var ee=Vd($),ze=[],Ut=0;if(ie)for(var bn=0;bn<ie.length;bn++){var Hd=_e[H[bn]];Hd?(Ut===0&&(Ut=Wd()),ze[bn]=Hd(ie[bn])):ze[bn]=ie[bn]}var Ep=ee.apply(null,ze);function VE(gt){return Ut!==0&&zd(Ut),re(gt)}return Ep=VE(Ep),Ep}function J0($,O,H,ie){H=H||[];var Ee=H.every(re=>re==="number"||re==="boolean"),_e=O!=="string";return _e&&Ee&&!ie?Vd($):function(){return Z0($,O,H,arguments,ie)}}var Gd={abort:V0,emscripten_get_heap_max:G0,emscripten_memcpy_big:W0,emscripten_resize_heap:K0,fd_close:H0,fd_seek:q0,fd_write:Y0},aU=U0(),eT=t.___wasm_call_ctors=function(){return(eT=t.___wasm_call_ctors=t.asm.__wasm_call_ctors).apply(null,arguments)},tT=t._init=function(){return(tT=t._init=t.asm.init).apply(null,arguments)},rT=t._init_with_threads_count=function(){return(rT=t._init_with_threads_count=t.asm.init_with_threads_count).apply(null,arguments)},nT=t._get_threads_count=function(){return(nT=t._get_threads_count=t.asm.get_threads_count).apply(null,arguments)},oT=t._register_tensor=function(){return(oT=t._register_tensor=t.asm.register_tensor).apply(null,arguments)},sT=t._dispose_data=function(){return(sT=t._dispose_data=t.asm.dispose_data).apply(null,arguments)},aT=t._dispose=function(){return(aT=t._dispose=t.asm.dispose).apply(null,arguments)},iT=t._Abs=function(){return(iT=t._Abs=t.asm.Abs).apply(null,arguments)},uT=t._Acos=function(){return(uT=t._Acos=t.asm.Acos).apply(null,arguments)},lT=t._Acosh=function(){return(lT=t._Acosh=t.asm.Acosh).apply(null,arguments)},pT=t._Add=function(){return(pT=t._Add=t.asm.Add).apply(null,arguments)},cT=t._AddN=function(){return(cT=t._AddN=t.asm.AddN).apply(null,arguments)},mT=t._All=function(){return(mT=t._All=t.asm.All).apply(null,arguments)},fT=t._Any=function(){return(fT=t._Any=t.asm.Any).apply(null,arguments)},dT=t._ArgMax=function(){return(dT=t._ArgMax=t.asm.ArgMax).apply(null,arguments)},hT=t._ArgMin=function(){return(hT=t._ArgMin=t.asm.ArgMin).apply(null,arguments)},gT=t._Asin=function(){return(gT=t._Asin=t.asm.Asin).apply(null,arguments)},xT=t._Asinh=function(){return(xT=t._Asinh=t.asm.Asinh).apply(null,arguments)},yT=t._Atan=function(){return(yT=t._Atan=t.asm.Atan).apply(null,arguments)},bT=t._Atan2=function(){return(bT=t._Atan2=t.asm.Atan2).apply(null,arguments)},wT=t._Atanh=function(){return(wT=t._Atanh=t.asm.Atanh).apply(null,arguments)},NT=t._AvgPool=function(){return(NT=t._AvgPool=t.asm.AvgPool).apply(null,arguments)},IT=t._AvgPool3D=function(){return(IT=t._AvgPool3D=t.asm.AvgPool3D).apply(null,arguments)},CT=t._AvgPool3DGrad=function(){return(CT=t._AvgPool3DGrad=t.asm.AvgPool3DGrad).apply(null,arguments)},vT=t._AvgPoolGrad=function(){return(vT=t._AvgPoolGrad=t.asm.AvgPoolGrad).apply(null,arguments)},ST=t._BatchMatMul=function(){return(ST=t._BatchMatMul=t.asm.BatchMatMul).apply(null,arguments)},TT=t._Bincount=function(){return(TT=t._Bincount=t.asm.Bincount).apply(null,arguments)},ET=t._BitwiseAnd=function(){return(ET=t._BitwiseAnd=t.asm.BitwiseAnd).apply(null,arguments)},_T=t._Ceil=function(){return(_T=t._Ceil=t.asm.Ceil).apply(null,arguments)},kT=t._ClipByValue=function(){return(kT=t._ClipByValue=t.asm.ClipByValue).apply(null,arguments)},AT=t._Conv2D=function(){return(AT=t._Conv2D=t.asm.Conv2D).apply(null,arguments)},$T=t._Conv2DBackpropInput=function(){return($T=t._Conv2DBackpropInput=t.asm.Conv2DBackpropInput).apply(null,arguments)},RT=t._Conv3D=function(){return(RT=t._Conv3D=t.asm.Conv3D).apply(null,arguments)},FT=t._Conv3DBackpropFilterV2=function(){return(FT=t._Conv3DBackpropFilterV2=t.asm.Conv3DBackpropFilterV2).apply(null,arguments)},DT=t._Conv3DBackpropInputV2=function(){return(DT=t._Conv3DBackpropInputV2=t.asm.Conv3DBackpropInputV2).apply(null,arguments)},OT=t._Cos=function(){return(OT=t._Cos=t.asm.Cos).apply(null,arguments)},PT=t._Cosh=function(){return(PT=t._Cosh=t.asm.Cosh).apply(null,arguments)},BT=t._CropAndResize=function(){return(BT=t._CropAndResize=t.asm.CropAndResize).apply(null,arguments)},LT=t._Cumprod=function(){return(LT=t._Cumprod=t.asm.Cumprod).apply(null,arguments)},MT=t._Cumsum=function(){return(MT=t._Cumsum=t.asm.Cumsum).apply(null,arguments)},UT=t._DenseBincount=function(){return(UT=t._DenseBincount=t.asm.DenseBincount).apply(null,arguments)},VT=t._DepthToSpace=function(){return(VT=t._DepthToSpace=t.asm.DepthToSpace).apply(null,arguments)},GT=t._DepthwiseConv2dNative=function(){return(GT=t._DepthwiseConv2dNative=t.asm.DepthwiseConv2dNative).apply(null,arguments)},WT=t._Diag=function(){return(WT=t._Diag=t.asm.Diag).apply(null,arguments)},zT=t._Dilation2D=function(){return(zT=t._Dilation2D=t.asm.Dilation2D).apply(null,arguments)},KT=t._Dilation2DBackpropFilter=function(){return(KT=t._Dilation2DBackpropFilter=t.asm.Dilation2DBackpropFilter).apply(null,arguments)},HT=t._Dilation2DBackpropInput=function(){return(HT=t._Dilation2DBackpropInput=t.asm.Dilation2DBackpropInput).apply(null,arguments)},qT=t._Elu=function(){return(qT=t._Elu=t.asm.Elu).apply(null,arguments)},jT=t._EluGrad=function(){return(jT=t._EluGrad=t.asm.EluGrad).apply(null,arguments)},XT=t._Equal=function(){return(XT=t._Equal=t.asm.Equal).apply(null,arguments)},YT=t._Erf=function(){return(YT=t._Erf=t.asm.Erf).apply(null,arguments)},QT=t._Exp=function(){return(QT=t._Exp=t.asm.Exp).apply(null,arguments)},ZT=t._Expm1=function(){return(ZT=t._Expm1=t.asm.Expm1).apply(null,arguments)},JT=t._FlipLeftRight=function(){return(JT=t._FlipLeftRight=t.asm.FlipLeftRight).apply(null,arguments)},e1=t._Floor=function(){return(e1=t._Floor=t.asm.Floor).apply(null,arguments)},t1=t._FloorDiv=function(){return(t1=t._FloorDiv=t.asm.FloorDiv).apply(null,arguments)},r1=t._FusedBatchNorm=function(){return(r1=t._FusedBatchNorm=t.asm.FusedBatchNorm).apply(null,arguments)},n1=t._FusedConv2D=function(){return(n1=t._FusedConv2D=t.asm.FusedConv2D).apply(null,arguments)},o1=t._FusedDepthwiseConv2D=function(){return(o1=t._FusedDepthwiseConv2D=t.asm.FusedDepthwiseConv2D).apply(null,arguments)},s1=t._Gather=function(){return(s1=t._Gather=t.asm.Gather).apply(null,arguments)},a1=t._GatherNd=function(){return(a1=t._GatherNd=t.asm.GatherNd).apply(null,arguments)},i1=t._Greater=function(){return(i1=t._Greater=t.asm.Greater).apply(null,arguments)},u1=t._GreaterEqual=function(){return(u1=t._GreaterEqual=t.asm.GreaterEqual).apply(null,arguments)},l1=t._IsFinite=function(){return(l1=t._IsFinite=t.asm.IsFinite).apply(null,arguments)},p1=t._IsInf=function(){return(p1=t._IsInf=t.asm.IsInf).apply(null,arguments)},c1=t._IsNan=function(){return(c1=t._IsNan=t.asm.IsNan).apply(null,arguments)},m1=t._LRN=function(){return(m1=t._LRN=t.asm.LRN).apply(null,arguments)},f1=t._LRNGrad=function(){return(f1=t._LRNGrad=t.asm.LRNGrad).apply(null,arguments)},d1=t._LeakyRelu=function(){return(d1=t._LeakyRelu=t.asm.LeakyRelu).apply(null,arguments)},h1=t._Less=function(){return(h1=t._Less=t.asm.Less).apply(null,arguments)},g1=t._LessEqual=function(){return(g1=t._LessEqual=t.asm.LessEqual).apply(null,arguments)},x1=t._LinSpace=function(){return(x1=t._LinSpace=t.asm.LinSpace).apply(null,arguments)},y1=t._Log=function(){return(y1=t._Log=t.asm.Log).apply(null,arguments)},b1=t._Log1p=function(){return(b1=t._Log1p=t.asm.Log1p).apply(null,arguments)},w1=t._LogicalAnd=function(){return(w1=t._LogicalAnd=t.asm.LogicalAnd).apply(null,arguments)},N1=t._LogicalNot=function(){return(N1=t._LogicalNot=t.asm.LogicalNot).apply(null,arguments)},I1=t._LogicalOr=function(){return(I1=t._LogicalOr=t.asm.LogicalOr).apply(null,arguments)},C1=t._LogicalXor=function(){return(C1=t._LogicalXor=t.asm.LogicalXor).apply(null,arguments)},v1=t._Max=function(){return(v1=t._Max=t.asm.Max).apply(null,arguments)},S1=t._MaxPool=function(){return(S1=t._MaxPool=t.asm.MaxPool).apply(null,arguments)},T1=t._MaxPool3D=function(){return(T1=t._MaxPool3D=t.asm.MaxPool3D).apply(null,arguments)},E1=t._MaxPool3DGrad=function(){return(E1=t._MaxPool3DGrad=t.asm.MaxPool3DGrad).apply(null,arguments)},_1=t._MaxPoolGrad=function(){return(_1=t._MaxPoolGrad=t.asm.MaxPoolGrad).apply(null,arguments)},k1=t._MaxPoolWithArgmax=function(){return(k1=t._MaxPoolWithArgmax=t.asm.MaxPoolWithArgmax).apply(null,arguments)},A1=t._Maximum=function(){return(A1=t._Maximum=t.asm.Maximum).apply(null,arguments)},$1=t._Mean=function(){return($1=t._Mean=t.asm.Mean).apply(null,arguments)},R1=t._Min=function(){return(R1=t._Min=t.asm.Min).apply(null,arguments)},F1=t._Minimum=function(){return(F1=t._Minimum=t.asm.Minimum).apply(null,arguments)},D1=t._MirrorPad=function(){return(D1=t._MirrorPad=t.asm.MirrorPad).apply(null,arguments)},O1=t._Mod=function(){return(O1=t._Mod=t.asm.Mod).apply(null,arguments)},P1=t._Multinomial=function(){return(P1=t._Multinomial=t.asm.Multinomial).apply(null,arguments)},B1=t._Multiply=function(){return(B1=t._Multiply=t.asm.Multiply).apply(null,arguments)},L1=t._Neg=function(){return(L1=t._Neg=t.asm.Neg).apply(null,arguments)},M1=t._NonMaxSuppressionV3=function(){return(M1=t._NonMaxSuppressionV3=t.asm.NonMaxSuppressionV3).apply(null,arguments)},U1=t._NonMaxSuppressionV4=function(){return(U1=t._NonMaxSuppressionV4=t.asm.NonMaxSuppressionV4).apply(null,arguments)},V1=t._NonMaxSuppressionV5=function(){return(V1=t._NonMaxSuppressionV5=t.asm.NonMaxSuppressionV5).apply(null,arguments)},G1=t._NotEqual=function(){return(G1=t._NotEqual=t.asm.NotEqual).apply(null,arguments)},W1=t._OneHot=function(){return(W1=t._OneHot=t.asm.OneHot).apply(null,arguments)},z1=t._PadV2=function(){return(z1=t._PadV2=t.asm.PadV2).apply(null,arguments)},K1=t._Pow=function(){return(K1=t._Pow=t.asm.Pow).apply(null,arguments)},H1=t._Prelu=function(){return(H1=t._Prelu=t.asm.Prelu).apply(null,arguments)},q1=t._Prod=function(){return(q1=t._Prod=t.asm.Prod).apply(null,arguments)},j1=t._RealDiv=function(){return(j1=t._RealDiv=t.asm.RealDiv).apply(null,arguments)},X1=t._Reciprocal=function(){return(X1=t._Reciprocal=t.asm.Reciprocal).apply(null,arguments)},Y1=t._Relu=function(){return(Y1=t._Relu=t.asm.Relu).apply(null,arguments)},Q1=t._Relu6=function(){return(Q1=t._Relu6=t.asm.Relu6).apply(null,arguments)},Z1=t._ResizeBilinear=function(){return(Z1=t._ResizeBilinear=t.asm.ResizeBilinear).apply(null,arguments)},J1=t._ResizeBilinearGrad=function(){return(J1=t._ResizeBilinearGrad=t.asm.ResizeBilinearGrad).apply(null,arguments)},eE=t._ResizeNearestNeighbor=function(){return(eE=t._ResizeNearestNeighbor=t.asm.ResizeNearestNeighbor).apply(null,arguments)},tE=t._ResizeNearestNeighborGrad=function(){return(tE=t._ResizeNearestNeighborGrad=t.asm.ResizeNearestNeighborGrad).apply(null,arguments)},rE=t._Reverse=function(){return(rE=t._Reverse=t.asm.Reverse).apply(null,arguments)},nE=t._RotateWithOffset=function(){return(nE=t._RotateWithOffset=t.asm.RotateWithOffset).apply(null,arguments)},oE=t._Round=function(){return(oE=t._Round=t.asm.Round).apply(null,arguments)},sE=t._Rsqrt=function(){return(sE=t._Rsqrt=t.asm.Rsqrt).apply(null,arguments)},aE=t._ScatterNd=function(){return(aE=t._ScatterNd=t.asm.ScatterNd).apply(null,arguments)},iE=t._SearchSorted=function(){return(iE=t._SearchSorted=t.asm.SearchSorted).apply(null,arguments)},uE=t._SelectV2=function(){return(uE=t._SelectV2=t.asm.SelectV2).apply(null,arguments)},lE=t._Selu=function(){return(lE=t._Selu=t.asm.Selu).apply(null,arguments)},pE=t._Sigmoid=function(){return(pE=t._Sigmoid=t.asm.Sigmoid).apply(null,arguments)},cE=t._Sign=function(){return(cE=t._Sign=t.asm.Sign).apply(null,arguments)},mE=t._Sin=function(){return(mE=t._Sin=t.asm.Sin).apply(null,arguments)},fE=t._Sinh=function(){return(fE=t._Sinh=t.asm.Sinh).apply(null,arguments)},dE=t._Softmax=function(){return(dE=t._Softmax=t.asm.Softmax).apply(null,arguments)},hE=t._Softplus=function(){return(hE=t._Softplus=t.asm.Softplus).apply(null,arguments)},gE=t._SparseFillEmptyRows=function(){return(gE=t._SparseFillEmptyRows=t.asm.SparseFillEmptyRows).apply(null,arguments)},xE=t._SparseReshape=function(){return(xE=t._SparseReshape=t.asm.SparseReshape).apply(null,arguments)},yE=t._SparseSegmentReduction=function(){return(yE=t._SparseSegmentReduction=t.asm.SparseSegmentReduction).apply(null,arguments)},bE=t._SparseToDense=function(){return(bE=t._SparseToDense=t.asm.SparseToDense).apply(null,arguments)},wE=t._Sqrt=function(){return(wE=t._Sqrt=t.asm.Sqrt).apply(null,arguments)},NE=t._Square=function(){return(NE=t._Square=t.asm.Square).apply(null,arguments)},IE=t._SquaredDifference=function(){return(IE=t._SquaredDifference=t.asm.SquaredDifference).apply(null,arguments)},CE=t._Step=function(){return(CE=t._Step=t.asm.Step).apply(null,arguments)},vE=t._StridedSlice=function(){return(vE=t._StridedSlice=t.asm.StridedSlice).apply(null,arguments)},SE=t._Sub=function(){return(SE=t._Sub=t.asm.Sub).apply(null,arguments)},TE=t._Sum=function(){return(TE=t._Sum=t.asm.Sum).apply(null,arguments)},EE=t._Tan=function(){return(EE=t._Tan=t.asm.Tan).apply(null,arguments)},_E=t._Tanh=function(){return(_E=t._Tanh=t.asm.Tanh).apply(null,arguments)},kE=t._TensorScatterUpdate=function(){return(kE=t._TensorScatterUpdate=t.asm.TensorScatterUpdate).apply(null,arguments)},AE=t._Tile=function(){return(AE=t._Tile=t.asm.Tile).apply(null,arguments)},$E=t._TopK=function(){return($E=t._TopK=t.asm.TopK).apply(null,arguments)},RE=t._Transform=function(){return(RE=t._Transform=t.asm.Transform).apply(null,arguments)},FE=t._Transpose=function(){return(FE=t._Transpose=t.asm.Transpose).apply(null,arguments)},DE=t.__FusedMatMul=function(){return(DE=t.__FusedMatMul=t.asm._FusedMatMul).apply(null,arguments)},OE=t._malloc=function(){return(OE=t._malloc=t.asm.malloc).apply(null,arguments)},PE=t._free=function(){return(PE=t._free=t.asm.free).apply(null,arguments)},BE=t.___errno_location=function(){return(BE=t.___errno_location=t.asm.__errno_location).apply(null,arguments)},Wd=t.stackSave=function(){return(Wd=t.stackSave=t.asm.stackSave).apply(null,arguments)},zd=t.stackRestore=function(){return(zd=t.stackRestore=t.asm.stackRestore).apply(null,arguments)},Tp=t.stackAlloc=function(){return(Tp=t.stackAlloc=t.asm.stackAlloc).apply(null,arguments)},LE=t.dynCall_iijjiiii=function(){return(LE=t.dynCall_iijjiiii=t.asm.dynCall_iijjiiii).apply(null,arguments)},ME=t.dynCall_jiji=function(){return(ME=t.dynCall_jiji=t.asm.dynCall_jiji).apply(null,arguments)};t.cwrap=J0;var Pi;va=function $(){Pi||Kd(),Pi||(va=$)};function Kd($){if($=$||i,yn>0||(A0(),yn>0))return;function O(){Pi||(Pi=!0,t.calledRun=!0,!j&&($0(),n(t),t.onRuntimeInitialized&&t.onRuntimeInitialized(),R0()))}t.setStatus?(t.setStatus("Running..."),setTimeout(function(){setTimeout(function(){t.setStatus("")},1),O()},1)):O()}if(t.preInit)for(typeof t.preInit=="function"&&(t.preInit=[t.preInit]);t.preInit.length>0;)t.preInit.pop()();Kd();var Bi;s&&(Bi={uncaughtException:(void 0).listeners("uncaughtException").filter(function($){return!s.uncaughtException.indexOf($)>-1}),unhandledRejection:(void 0).listeners("unhandledRejection").filter(function($){return!s.unhandledRejection.indexOf($)>-1})});var Li;if(typeof e<"u")Li=e;else if(typeof WasmBackendModuleThreadedSimd<"u")Li=WasmBackendModuleThreadedSimd;else throw new Error("Could not find wasm module in post.js");if(Bi){var UE=Li._dispose;Li._dispose=function(){UE(),Bi.uncaughtException.forEach(function($){(void 0).removeListener("uncaughtException",$)}),Bi.unhandledRejection.forEach(function($){(void 0).removeListener("unhandledRejection",$)})}}return e.ready})})();typeof Yl=="object"&&typeof Jf=="object"?Jf.exports=Zf:typeof define=="function"&&define.amd?define([],function(){return Zf}):typeof Yl=="object"&&(Yl.WasmBackendModule=Zf)});var wn=class{constructor(e,t){this.backend=e,this.dataMover=t,this.data=new WeakMap,this.dataIdsCount=0}get(e){return this.data.has(e)||this.dataMover.moveData(this.backend,e),this.data.get(e)}set(e,t){this.dataIdsCount++,this.data.set(e,t)}has(e){return this.data.has(e)}delete(e){return this.dataIdsCount--,this.data.delete(e)}numDataIds(){return this.dataIdsCount}},ur=class{refCount(e){return xt("refCount")}incRef(e){return xt("incRef")}timerAvailable(){return!0}time(e){return xt("time")}read(e){return xt("read")}readSync(e){return xt("readSync")}readToGPU(e,t){return xt("readToGPU")}numDataIds(){return xt("numDataIds")}disposeData(e,t){return xt("disposeData")}write(e,t,n){return xt("write")}move(e,t,n,o,s){return xt("move")}createTensorFromGPUData(e,t,n){return xt("createTensorFromGPUData")}memory(){return xt("memory")}floatPrecision(){return xt("floatPrecision")}epsilon(){return this.floatPrecision()===32?1e-7:1e-4}dispose(){return xt("dispose")}};function xt(r){throw new Error(`'${r}' not yet implemented or not found in the registry. This kernel may not be supported by the tfjs backend you have chosen`)}function Xd(r){let e=r.length,t=0;for(;e>0;)t=Math.random()*e|0,e--,Mi(r,e,t)}function jE(r,e){if(r.length!==e.length)throw new Error(`Array sizes must match to be shuffled together First array length was ${r.length}Second array length was ${e.length}`);let t=r.length,n=0;for(;t>0;)n=Math.random()*t|0,t--,Mi(r,t,n),Mi(e,t,n)}function Po(r,e,t){return Math.max(r,Math.min(e,t))}function XE(r){return r%2===0?r:r+1}function Mi(r,e,t){let n=r[e];r[e]=r[t],r[t]=n}function YE(r){let e=0;for(let t=0;t<r.length;t++)e+=r[t];return e}function QE(r,e){let t=Math.random();return e*t+(1-t)*r}function ZE(r,e){let t=0;for(let n=0;n<r.length;n++){let o=Number(r[n])-Number(e[n]);t+=o*o}return t}function T(r,e){if(!r)throw new Error(typeof e=="string"?e:e())}function Ui(r,e,t=""){T(Yt(r,e),()=>t+` Shapes ${r} and ${e} must match`)}function Ta(r){T(r!=null,()=>"The input to the tensor constructor must be a non-null value.")}function ne(r){if(r.length===0)return 1;let e=r[0];for(let t=1;t<r.length;t++)e*=r[t];return e}function JE(r){return r.length===0}function kp(r,e){if(r===e)return!0;if(r==null||e==null||r.length!==e.length)return!1;for(let t=0;t<r.length;t++)if(r[t]!==null&&e[t]!==null&&r[t]!==e[t])return!1;return!0}function Yt(r,e){if(r===e)return!0;if(r==null||e==null||r.length!==e.length)return!1;for(let t=0;t<r.length;t++)if(r[t]!==e[t])return!1;return!0}function In(r){return r%1===0}function e_(r){if(Math.tanh!=null)return Math.tanh(r);if(r===1/0)return 1;if(r===-1/0)return-1;{let e=Math.exp(2*r);return(e-1)/(e+1)}}function t_(r){let e=Math.ceil(Math.sqrt(r));return[e,Math.ceil(r/e)]}function r_(r){let e=new Uint32Array(r);for(let t=0;t<r;++t)e[t]=t;return Xd(e),e}function Cn(r,e){return e<=r.length?r:r+" ".repeat(e-r.length)}function n_(r,e=o=>0,t,n){return new Promise((o,s)=>{let a=0,i=()=>{if(r()){o();return}a++;let u=e(a);if(t!=null&&a>=t){s();return}n!=null?n(i,u):setTimeout(i,u)};i()})}function o_(r,e){let t=1,n=-1;for(let s=0;s<r.length;++s)if(r[s]>=0)t*=r[s];else if(r[s]===-1){if(n!==-1)throw Error(`Shapes can only have 1 implicit size. Found -1 at dim ${n} and dim ${s}`);n=s}else if(r[s]<0)throw Error(`Shapes can not be < 0. Found ${r[s]} at dim ${s}`);if(n===-1){if(e>0&&e!==t)throw Error(`Size(${e}) must match the product of shape ${r}`);return r}if(t===0)throw Error(`Cannot infer the missing size in [${r}] when there are 0 elements`);if(e%t!==0)throw Error(`The implicit shape can't be a fractional number. Got ${e} / ${t}`);let o=r.slice();return o[n]=e/t,o}function Vi(r,e){let t=e.length;return r=r==null?e.map((n,o)=>o):[].concat(r),T(r.every(n=>n>=-t&&n<t),()=>`All values in axis param must be in range [-${t}, ${t}) but got axis ${r}`),T(r.every(n=>In(n)),()=>`All values in axis param must be integers but got axis ${r}`),r.map(n=>n<0?t+n:n)}function Ap(r,e){let t=[],n=[],o=e!=null&&Array.isArray(e)&&e.length===0,s=e==null||o?null:Vi(e,r).sort(),a=0;for(let i=0;i<r.length;++i){if(s!=null){if(s[a]===i&&r[i]!==1)throw new Error(`Can't squeeze axis ${i} since its dim '${r[i]}' is not 1`);(s[a]==null||s[a]>i)&&r[i]===1&&(t.push(r[i]),n.push(i)),s[a]<=i&&a++}r[i]!==1&&(t.push(r[i]),n.push(i))}return{newShape:t,keptDims:n}}function s_(r,e){return Gi(r,e)}function Gi(r,e){let t=null;if(r==null||r==="float32")t=new Float32Array(e);else if(r==="int32")t=new Int32Array(e);else if(r==="bool")t=new Uint8Array(e);else if(r==="string")t=new Array(e);else throw new Error(`Unknown data type ${r}`);return t}function $p(r,e){for(let t=0;t<r.length;t++){let n=r[t];if(isNaN(n)||!isFinite(n))throw Error(`A tensor of type ${e} being uploaded contains ${n}.`)}}function Rp(r){return r==="bool"||r==="complex64"||r==="float32"||r==="int32"||r==="string"}function a_(r,e){return!(e==="complex64"||e==="float32"&&r!=="complex64"||e==="int32"&&r!=="float32"&&r!=="complex64"||e==="bool"&&r==="bool")}function Bo(r){if(r==="float32"||r==="int32")return 4;if(r==="complex64")return 8;if(r==="bool")return 1;throw new Error(`Unknown dtype ${r}`)}function Fp(r){if(r==null)return 0;let e=0;return r.forEach(t=>e+=t.length),e}function Lo(r){return typeof r=="string"||r instanceof String}function Yd(r){return typeof r=="boolean"}function Qd(r){return typeof r=="number"}function Ar(r){return Array.isArray(r)?Ar(r[0]):r instanceof Float32Array?"float32":r instanceof Int32Array||r instanceof Uint8Array||r instanceof Uint8ClampedArray?"int32":Qd(r)?"float32":Lo(r)?"string":Yd(r)?"bool":"float32"}function Mo(r){return!!(r&&r.constructor&&r.call&&r.apply)}function Uo(r,e){for(let t=e;t<r;++t)if(r%t===0)return t;return r}function Qt(r){let e=r.length;if(e<2)return[];let t=new Array(e-1);t[e-2]=r[e-1];for(let n=e-3;n>=0;--n)t[n]=t[n+1]*r[n+1];return t}function Zd(r,e,t,n=!1){let o=new Array;if(e.length===1){let s=e[0]*(n?2:1);for(let a=0;a<s;a++)o[a]=t[r+a]}else{let s=e[0],a=e.slice(1),i=a.reduce((u,l)=>u*l)*(n?2:1);for(let u=0;u<s;u++)o[u]=Zd(r+u*i,a,t,n)}return o}function Nn(r,e,t=!1){if(r.length===0)return e[0];let n=r.reduce((o,s)=>o*s)*(t?2:1);if(n===0)return[];if(n!==e.length)throw new Error(`[${r}] does not match the input size ${e.length}${t?" for a complex tensor":""}.`);return Zd(0,r,e,t)}function i_(r,e){if(Array.isArray(r))return r;if(e==="float32")return r instanceof Float32Array?r:new Float32Array(r);if(e==="int32")return r instanceof Int32Array?r:new Int32Array(r);if(e==="bool"||e==="string")return Uint8Array.from(new Int32Array(r));throw new Error(`Unknown dtype ${e}`)}function Ea(r,e){let t=Vo(r,e);for(let n=0;n<t.length;n++)t[n]=1;return t}function Vo(r,e){if(e==null||e==="float32"||e==="complex64")return new Float32Array(r);if(e==="int32")return new Int32Array(r);if(e==="bool")return new Uint8Array(r);throw new Error(`Unknown data type ${e}`)}function u_(r,e){let t=r.reduce((n,o)=>n*o,1);if(e==null||e==="float32")return Nn(r,new Float32Array(t));if(e==="int32")return Nn(r,new Int32Array(t));if(e==="bool")return Nn(r,new Uint8Array(t));throw new Error(`Unknown data type ${e}`)}function Ze(r){r.forEach(e=>{T(Number.isInteger(e)&&e>=0,()=>`Tensor must have a shape comprised of positive integers but got shape [${r}].`)})}function l_(r,e,t){if(e===0)return 0;if(e===1)return r[0];let n=r[r.length-1];for(let o=0;o<r.length-1;++o)n+=t[o]*r[o];return n}function p_(r,e,t){if(e===0)return[];if(e===1)return[r];let n=new Array(e);for(let o=0;o<n.length-1;++o)n[o]=Math.floor(r/t[o]),r-=n[o]*t[o];return n[n.length-1]=r,n}function vn(r){return r&&r.then&&typeof r.then=="function"}var Jd="tfjsflags",_a=class{constructor(e){this.global=e,this.flags={},this.flagRegistry={},this.urlFlags={},this.getQueryParams=m_,this.populateURLFlags()}setPlatform(e,t){this.platform!=null&&(_().getBool("IS_TEST")||_().getBool("PROD")||console.warn(`Platform ${this.platformName} has already been set. Overwriting the platform with ${e}.`)),this.platformName=e,this.platform=t}registerFlag(e,t,n){if(this.flagRegistry[e]={evaluationFn:t,setHook:n},this.urlFlags[e]!=null){let o=this.urlFlags[e];_().getBool("IS_TEST")||_().getBool("PROD")||console.warn(`Setting feature override from URL ${e}: ${o}.`),this.set(e,o)}}async getAsync(e){return e in this.flags?this.flags[e]:(this.flags[e]=await this.evaluateFlag(e),this.flags[e])}get(e){if(e in this.flags)return this.flags[e];let t=this.evaluateFlag(e);if(vn(t))throw new Error(`Flag ${e} cannot be synchronously evaluated. Please use getAsync() instead.`);return this.flags[e]=t,this.flags[e]}getNumber(e){return this.get(e)}getBool(e){return this.get(e)}getString(e){return this.get(e)}getFlags(){return this.flags}get features(){return this.flags}set(e,t){if(this.flagRegistry[e]==null)throw new Error(`Cannot set flag ${e} as it has not been registered.`);this.flags[e]=t,this.flagRegistry[e].setHook!=null&&this.flagRegistry[e].setHook(t)}evaluateFlag(e){if(this.flagRegistry[e]==null)throw new Error(`Cannot evaluate flag '${e}': no evaluation function found.`);return this.flagRegistry[e].evaluationFn()}setFlags(e){this.flags=Object.assign({},e)}reset(){this.flags={},this.urlFlags={},this.populateURLFlags()}populateURLFlags(){if(typeof this.global>"u"||typeof this.global.location>"u"||typeof this.global.location.search>"u")return;let e=this.getQueryParams(this.global.location.search);Jd in e&&e[Jd].split(",").forEach(n=>{let[o,s]=n.split(":");this.urlFlags[o]=d_(o,s)})}};function m_(r){let e={};return r.replace(/[?&]([^=?&]+)(?:=([^&]*))?/g,(t,...n)=>(f_(e,n[0],n[1]),n.join("="))),e}function f_(r,e,t){r[decodeURIComponent(e)]=decodeURIComponent(t||"")}function d_(r,e){let t=e.toLowerCase();return t==="true"||t==="false"?t==="true":`${+t}`===t?+t:e}function _(){return Dp}var Dp=null;function eh(r){Dp=r}var Op;function Pp(){if(Op==null){let r;if(typeof window<"u")r=window;else if(typeof global<"u")r=global;else if(typeof self<"u")r=self;else throw new Error("Could not find a global object");Op=r}return Op}function h_(){let r=Pp();return r._tfGlobals==null&&(r._tfGlobals=new Map),r._tfGlobals}function ka(r,e){let t=h_();if(t.has(r))return t.get(r);{let n=e();return t.set(r,n),t.get(r)}}var Go="Acos",Wo="Acosh";var Sn="AddN";var zo="ArgMax",Ko="ArgMin",Ho="Asin",qo="Asinh",jo="Atan",Xo="Atanh",Yo="Atan2",Tn="AvgPool";var Qo="AvgPool3D";var En="BatchMatMul",Zo="BatchToSpaceND",th="Bincount",$r="BitwiseAnd";var Jo="BroadcastArgs",lr="Cast",Rr="Ceil",_n="ClipByValue",Aa="Complex",Wi="ComplexAbs",es="Concat",kn="Conv2D",rh="Conv2DBackpropFilter",nh="Conv2DBackpropInput",An="Conv3D";var ts="Cosh",$n="Cumprod",Rn="Cumsum",Fn="CropAndResize";var Dn="DepthToSpace",On="DepthwiseConv2dNative",oh="DepthwiseConv2dNativeBackpropFilter",sh="DepthwiseConv2dNativeBackpropInput";var Pn="Dilation2D";var rs="RealDiv",ah="Einsum";var Fr="Equal";var ns="ExpandDims",Dr="Expm1";var os="Fill",ih="FlipLeftRight",Or="Floor",Pr="FloorDiv",Bn="FusedBatchNorm",ss="GatherV2",Ln="GatherNd",Br="Greater",Lr="GreaterEqual",pr="Identity";var zi="Imag",as="IsFinite",is="IsInf",us="IsNan",Mn="LeakyRelu",Mr="Less",Ur="LessEqual",Un="LinSpace";var ls="Log1p",ps="LogicalAnd",cs="LogicalNot",ms="LogicalOr";var Vr="Maximum",Vn="MaxPool";var fs="MaxPool3D";var ds="MaxPoolWithArgmax",Gn="Mean";var Gr="Minimum",Wn="MirrorPad";var Wr="Multiply";var zr="NotEqual",uh="NonMaxSuppressionV3",lh="NonMaxSuppressionV4",ph="NonMaxSuppressionV5",hs="OnesLike",zn="OneHot",gs="Pack",Kn="PadV2";var Hn="Prelu",Kr="Prod";var xs="Range",$a="Real",ys="Reciprocal",bs="Relu",ws="Reshape",qn="ResizeNearestNeighbor";var jn="ResizeBilinear";var Ns="Relu6",Xn="Reverse",Is="Round",Hr="Rsqrt",Yn="ScatterNd",Qn="TensorScatterUpdate";var Cs="Select",vs="Selu",Zn="Slice";var Ss="Sinh",Ts="Sign",qr="Sigmoid",Es="Softplus",jr="Sqrt";var _s="SpaceToBatchND",ks="SplitV",Jn="Softmax";var eo="SparseToDense",Xr="SquaredDifference",Ki="Square",ch="StaticRegexReplace",to="StridedSlice";var As="Tanh",cr="Tile";var mh="Transform",mr="Transpose";var $s="Unpack";var Rs="ZerosLike",ro="Step";var fh="RotateWithOffset",Yr="_FusedMatMul",Qr="FusedConv2D",Zr="FusedDepthwiseConv2D";function fr(...r){_().getBool("IS_TEST")||_().getBool("PROD")||console.warn(...r)}function g_(...r){_().getBool("IS_TEST")||_().getBool("PROD")||console.log(...r)}var Hi=ka("kernelRegistry",()=>new Map),x_=ka("gradRegistry",()=>new Map);function Bp(r,e){let t=hh(r,e);return Hi.get(t)}function Lp(r){return x_.get(r)}function Mp(r){let e=Hi.entries(),t=[];for(;;){let{done:n,value:o}=e.next();if(n)break;let[s,a]=o,[i]=s.split("_");i===r&&t.push(a)}return t}function qi(r){let{kernelName:e,backendName:t}=r,n=hh(e,t);Hi.has(n)&&fr(`The kernel '${e}' for backend '${t}' is already registered`),Hi.set(n,r)}function hh(r,e){return`${e}_${r}`}var y={};ue(y,{arraysEqual:()=>Yt,arraysEqualWithNull:()=>kp,assert:()=>T,assertNonNegativeIntegerDimensions:()=>Ze,assertNonNull:()=>Ta,assertShapesMatch:()=>Ui,bytesFromStringArray:()=>Fp,bytesPerElement:()=>Bo,checkConversionForErrors:()=>$p,clamp:()=>Po,computeStrides:()=>Qt,convertBackendValuesAndArrayBuffer:()=>i_,createScalarValue:()=>v_,createShuffledIndices:()=>r_,decodeString:()=>Bs,distSquared:()=>ZE,encodeString:()=>Ps,fetch:()=>T_,fingerPrint64:()=>C_,flatten:()=>en,getArrayFromDType:()=>Gi,getTypedArrayFromDType:()=>s_,hasEncodingLoss:()=>a_,hexToLong:()=>Ra,indexToLoc:()=>p_,inferDtype:()=>Ar,inferFromImplicitShape:()=>o_,isBoolean:()=>Yd,isFunction:()=>Mo,isInt:()=>In,isNumber:()=>Qd,isPromise:()=>vn,isScalarShape:()=>JE,isString:()=>Lo,isTypedArray:()=>Je,isValidDtype:()=>Rp,locToIndex:()=>l_,makeOnesTypedArray:()=>Ea,makeZerosNestedTypedArray:()=>u_,makeZerosTypedArray:()=>Vo,nearestDivisor:()=>Uo,nearestLargerEven:()=>XE,now:()=>io,parseAxisParam:()=>Vi,randUniform:()=>QE,repeatedTry:()=>n_,rightPad:()=>Cn,shuffle:()=>Xd,shuffleCombo:()=>jE,sizeFromShape:()=>ne,sizeToSquarishShape:()=>t_,squeezeShape:()=>Ap,sum:()=>YE,swap:()=>Mi,tanh:()=>e_,toNestedArray:()=>Nn,toTypedArray:()=>Os});function ji(r){return r instanceof Float32Array||r instanceof Int32Array||r instanceof Uint8Array||r instanceof Uint8ClampedArray}var Wp=jd(Th());var ao=Wp.default||Wp;function Ra(r){return ao.fromString(r,!0,16)}var _h=Ra("c3a5c85c97cb3127"),so=Ra("b492b66fbe98f273"),tt=Ra("9ae16a3b2f90404f");function Gp(r){return r.xor(r.shru(47))}function kh(r,e,t){let n=r.slice(e,e+t);return ao.fromBytes(Array.from(n),!0,!0)}function xe(r,e){return kh(r,e,8)}function Eh(r,e){return kh(r,e,4)}function Ke(r,e){return e===0?r:r.shru(e).or(r.shl(64-e))}function Jr(r,e,t=Ra("9ddfea08eb382d69")){let n=r.xor(e).mul(t);n=n.xor(n.shru(47));let o=e.xor(n).mul(t);return o=o.xor(o.shru(47)),o=o.mul(t),o}function b_(r,e,t,n,o,s){o=o.add(r),s=Ke(s.add(o).add(n),21);let a=o;return o=o.add(e),o=o.add(t),s=s.add(Ke(o,44)),[o.add(n),s.add(a)]}function Yi(r,e,t,n){return b_(xe(r,e),xe(r,e+8),xe(r,e+16),xe(r,e+24),t,n)}function w_(r,e=r.length){if(e>=8){let t=tt.add(e*2),n=xe(r,0).add(tt),o=xe(r,e-8),s=Ke(o,37).mul(t).add(n),a=Ke(n,25).add(o).mul(t);return Jr(s,a,t)}if(e>=4){let t=tt.add(e*2),n=Eh(r,0);return Jr(n.shl(3).add(e),Eh(r,e-4),t)}if(e>0){let t=r[0],n=r[e>>1],o=r[e-1],s=t+(n<<8),a=e+(o<<2);return Gp(tt.mul(s).xor(_h.mul(a))).mul(tt)}return tt}function N_(r,e=r.length){let t=tt.add(e*2),n=xe(r,0).mul(so),o=xe(r,8),s=xe(r,e-8).mul(t),a=xe(r,e-16).mul(tt);return Jr(Ke(n.add(o),43).add(Ke(s,30)).add(a),n.add(Ke(o.add(tt),18)).add(s),t)}function I_(r,e=r.length){let t=tt.add(e*2),n=xe(r,0).mul(tt),o=xe(r,8),s=xe(r,e-8).mul(t),a=xe(r,e-16).mul(tt),i=Ke(n.add(o),43).add(Ke(s,30)).add(a),u=Jr(i,n.add(Ke(o.add(tt),18)).add(s),t),l=xe(r,16).mul(t),p=xe(r,24),c=i.add(xe(r,e-32)).mul(t),m=u.add(xe(r,e-24)).mul(t);return Jr(Ke(l.add(p),43).add(Ke(c,30)).add(m),l.add(Ke(p.add(n),18)).add(c),t)}function C_(r,e=r.length){let t=ao.fromNumber(81,!0);if(e<=32)return e<=16?w_(r,e):N_(r,e);if(e<=64)return I_(r,e);let n=t,o=t.mul(so).add(113),s=Gp(o.mul(tt).add(113)).mul(tt),a=[ao.UZERO,ao.UZERO],i=[ao.UZERO,ao.UZERO];n=n.mul(tt).add(xe(r,0));let u=0,l=(e-1>>6)*64,p=l+(e-1&63)-63;do n=Ke(n.add(o).add(a[0]).add(xe(r,u+8)),37).mul(so),o=Ke(o.add(a[1]).add(xe(r,u+48)),42).mul(so),n=n.xor(i[1]),o=o.add(a[0]).add(xe(r,u+40)),s=Ke(s.add(i[0]),33).mul(so),a=Yi(r,u,a[1].mul(so),n.add(i[0])),i=Yi(r,u+32,s.add(i[1]),o.add(xe(r,u+16))),[s,n]=[n,s],u+=64;while(u!==l);let c=so.add(s.and(255).shl(1));return u=p,i[0]=i[0].add(e-1&63),a[0]=a[0].add(i[0]),i[0]=i[0].add(a[0]),n=Ke(n.add(o).add(a[0]).add(xe(r,u+8)),37).mul(c),o=Ke(o.add(a[1]).add(xe(r,u+48)),42).mul(c),n=n.xor(i[1].mul(9)),o=o.add(a[0].mul(9).add(xe(r,u+40))),s=Ke(s.add(i[0]),33).mul(c),a=Yi(r,u,a[1].mul(c),n.add(i[0])),i=Yi(r,u+32,s.add(i[1]),o.add(xe(r,u+16))),[s,n]=[n,s],Jr(Jr(a[0],i[0],c).add(Gp(o).mul(_h)).add(s),Jr(a[1],i[1],c).add(n),c)}function v_(r,e){return e==="string"?Ps(r):Os([r],e)}function S_(r,e){return r instanceof Float32Array&&e==="float32"||r instanceof Int32Array&&e==="int32"||r instanceof Uint8Array&&e==="bool"}function Os(r,e){if(e==="string")throw new Error("Cannot convert a string[] to a TypedArray");if(Array.isArray(r)&&(r=en(r)),_().getBool("DEBUG")&&$p(r,e),S_(r,e))return r;if(e==null||e==="float32"||e==="complex64")return new Float32Array(r);if(e==="int32")return new Int32Array(r);if(e==="bool"){let t=new Uint8Array(r.length);for(let n=0;n<t.length;++n)Math.round(r[n])!==0&&(t[n]=1);return t}else throw new Error(`Unknown data type ${e}`)}function io(){return _().platform.now()}function T_(r,e){return _().platform.fetch(r,e)}function Ps(r,e="utf-8"){return e=e||"utf-8",_().platform.encode(r,e)}function Bs(r,e="utf-8"){return e=e||"utf-8",_().platform.decode(r,e)}function Je(r){return _().platform.isTypedArray!=null?_().platform.isTypedArray(r):ji(r)}function en(r,e=[],t=!1){if(e==null&&(e=[]),typeof r=="boolean"||typeof r=="number"||typeof r=="string"||vn(r)||r==null||Je(r)&&t)e.push(r);else if(Array.isArray(r)||Je(r))for(let n=0;n<r.length;++n)en(r[n],e,t);else{let n=-1;for(let o of Object.keys(r))/^([1-9]+[0-9]*|0)$/.test(o)&&(n=Math.max(n,Number(o)));for(let o=0;o<=n;o++)en(r[o],e,t)}return e}var Qi=class{constructor(e,t){this.backendTimer=e,this.logger=t,t==null&&(this.logger=new zp)}profileKernel(e,t,n){let o,s=()=>{o=n()},a,i=io();if(this.backendTimer.timerAvailable())a=this.backendTimer.time(s);else{s();for(let l of o)l.dataSync();a=Promise.resolve({kernelMs:io()-i})}if(_().getBool("CHECK_COMPUTATION_FOR_ERRORS"))for(let l=0;l<o.length;l++){let p=o[l];p.data().then(c=>{E_(c,p.dtype,e)})}return{kernelName:e,outputs:o,inputs:t,timeMs:a.then(l=>l.kernelMs),extraInfo:a.then(l=>l.getExtraProfileInfo!=null?l.getExtraProfileInfo():"")}}logKernelProfile(e){let{kernelName:t,outputs:n,timeMs:o,inputs:s,extraInfo:a}=e;n.forEach(i=>{Promise.all([i.data(),o,a]).then(u=>{this.logger.logKernelProfile(t,i,u[0],u[1],s,u[2])})})}};function E_(r,e,t){if(e!=="float32")return!1;for(let n=0;n<r.length;n++){let o=r[n];if(isNaN(o)||!isFinite(o))return console.warn(`Found ${o} in the result of '${t}'`),!0}return!1}var zp=class{logKernelProfile(e,t,n,o,s,a){let i=typeof o=="number"?Cn(`${o}ms`,9):o.error,u=Cn(e,25),l=t.rank,p=t.size,c=Cn(t.shape.toString(),14),m="";for(let f in s){let d=s[f];if(d!=null){let g=d.shape||t.shape,h=g.length;m+=`${f}: ${h}D ${h>0?g:""} `}}console.log(`%c${u}	%c${i}	%c${l}D ${c}	%c${p}	%c${m}	%c${a}`,"font-weight:bold","color:red","color:blue","color: orange","color: green","color: steelblue")}};function Ah(r,e,t){let n={},o={};for(let u=0;u<e.length;u++)n[e[u].id]=!0;for(let u=0;u<r.length;u++){let l=r[u],p=l.inputs;for(let c in p){let m=p[c],f=!1;for(let d=0;d<e.length;d++)if(n[m.id]){l.outputs.forEach(g=>n[g.id]=!0),f=!0,o[l.id]=!0;break}if(f)break}}let s={};s[t.id]=!0;let a={};for(let u=r.length-1;u>=0;u--){let l=r[u],p=l.inputs;for(let c=0;c<l.outputs.length;c++)if(s[l.outputs[c].id]){for(let m in p)s[p[m].id]=!0,a[l.id]=!0;break}}let i=[];for(let u=0;u<r.length;u++){let l=r[u];if(o[l.id]&&a[l.id]){let p={};for(let m in l.inputs){let f=l.inputs[m];n[f.id]&&(p[m]=f)}let c=Object.assign({},l);c.inputs=p,c.outputs=l.outputs,i.push(c)}}return i}function $h(r,e,t,n){for(let o=e.length-1;o>=0;o--){let s=e[o],a=[];if(s.outputs.forEach(u=>{let l=r[u.id];l!=null?a.push(l):a.push(null)}),s.gradient==null)throw new Error(`Cannot compute gradient: gradient function not found for ${s.kernelName}.`);let i=s.gradient(a);for(let u in s.inputs){if(!(u in i))throw new Error(`Cannot backprop through input ${u}. Available gradients found: ${Object.keys(i)}.`);let l=t(()=>i[u]());if(l.dtype!=="float32")throw new Error(`Error in gradient for op ${s.kernelName}. The gradient of input ${u} must have 'float32' dtype, but has '${l.dtype}'`);let p=s.inputs[u];if(!Yt(l.shape,p.shape))throw new Error(`Error in gradient for op ${s.kernelName}. The gradient of input '${u}' has shape '${l.shape}', which does not match the shape of the input '${p.shape}'`);if(r[p.id]==null)r[p.id]=l;else{let c=r[p.id];r[p.id]=n(c,l),c.dispose()}}}}var Rh=20,Fa=3,Kp=7;function Fh(r,e,t,n){let o=Qt(e),s=__(r,e,t,o),a=e.length,i=Zi(r,e,t,o,s),u=["Tensor"];return n&&(u.push(`  dtype: ${t}`),u.push(`  rank: ${a}`),u.push(`  shape: [${e}]`),u.push("  values:")),u.push(i.map(l=>"    "+l).join(`
`)),u.join(`
`)}function __(r,e,t,n){let o=ne(e),s=n[n.length-1],a=new Array(s).fill(0),i=e.length,u=t==="complex64"?Oa(r):r;if(i>1)for(let l=0;l<o/s;l++){let p=l*s;for(let c=0;c<s;c++)a[c]=Math.max(a[c],Da(u[p+c],0,t).length)}return a}function Da(r,e,t){let n;return Array.isArray(r)?n=`${parseFloat(r[0].toFixed(Kp))} + ${parseFloat(r[1].toFixed(Kp))}j`:Lo(r)?n=`'${r}'`:t==="bool"?n=Dh(r):n=parseFloat(r.toFixed(Kp)).toString(),Cn(n,e)}function Dh(r){return r===0?"false":"true"}function Zi(r,e,t,n,o,s=!0){let a=t==="complex64"?2:1,i=e[0],u=e.length;if(u===0){if(t==="complex64"){let g=Oa(r);return[Da(g[0],0,t)]}return t==="bool"?[Dh(r[0])]:[r[0].toString()]}if(u===1){if(i>Rh){let h=Fa*a,x=Array.from(r.slice(0,h)),b=Array.from(r.slice((i-Fa)*a,i*a));return t==="complex64"&&(x=Oa(x),b=Oa(b)),["["+x.map((C,E)=>Da(C,o[E],t)).join(", ")+", ..., "+b.map((C,E)=>Da(C,o[i-Fa+E],t)).join(", ")+"]"]}return["["+(t==="complex64"?Oa(r):Array.from(r)).map((h,x)=>Da(h,o[x],t)).join(", ")+"]"]}let l=e.slice(1),p=n.slice(1),c=n[0]*a,m=[];if(i>Rh){for(let g=0;g<Fa;g++){let h=g*c,x=h+c;m.push(...Zi(r.slice(h,x),l,t,p,o,!1))}m.push("...");for(let g=i-Fa;g<i;g++){let h=g*c,x=h+c;m.push(...Zi(r.slice(h,x),l,t,p,o,g===i-1))}}else for(let g=0;g<i;g++){let h=g*c,x=h+c;m.push(...Zi(r.slice(h,x),l,t,p,o,g===i-1))}let f=u===2?",":"";m[0]="["+(i>0?m[0]+f:"");for(let g=1;g<m.length-1;g++)m[g]=" "+m[g]+f;let d=`,
`;for(let g=2;g<u;g++)d+=`
`;return m[m.length-1]=" "+m[m.length-1]+"]"+(s?"":d),m}function Oa(r){let e=[];for(let t=0;t<r.length;t+=2)e.push([r[t],r[t+1]]);return e}var Zt=class{constructor(e,t,n){if(this.dtype=t,this.shape=e.slice(),this.size=ne(e),n!=null){let o=n.length;T(o===this.size,()=>`Length of values '${o}' does not match the size inferred by the shape '${this.size}'.`)}if(t==="complex64")throw new Error("complex64 dtype TensorBuffers are not supported. Please create a TensorBuffer for the real and imaginary parts separately and call tf.complex(real, imag).");this.values=n||Gi(t,this.size),this.strides=Qt(e)}set(e,...t){t.length===0&&(t=[0]),T(t.length===this.rank,()=>`The number of provided coordinates (${t.length}) must match the rank (${this.rank})`);let n=this.locToIndex(t);this.values[n]=e}get(...e){e.length===0&&(e=[0]);let t=0;for(let o of e){if(o<0||o>=this.shape[t]){let s=`Requested out of range element at ${e}.   Buffer shape=${this.shape}`;throw new Error(s)}t++}let n=e[e.length-1];for(let o=0;o<e.length-1;++o)n+=this.strides[o]*e[o];return this.values[n]}locToIndex(e){if(this.rank===0)return 0;if(this.rank===1)return e[0];let t=e[e.length-1];for(let n=0;n<e.length-1;++n)t+=this.strides[n]*e[n];return t}indexToLoc(e){if(this.rank===0)return[];if(this.rank===1)return[e];let t=new Array(this.shape.length);for(let n=0;n<t.length-1;++n)t[n]=Math.floor(e/this.strides[n]),e-=t[n]*this.strides[n];return t[t.length-1]=e,t}get rank(){return this.shape.length}toTensor(){return Gt().makeTensor(this.values,this.shape,this.dtype)}},Gt=null,Ls=null,k_=null;function Oh(r){Gt=r}function Ph(r){Ls=r}function Bh(r){k_=r}var Me=class{constructor(e,t,n,o){this.kept=!1,this.isDisposedInternal=!1,this.shape=e.slice(),this.dtype=t||"float32",this.size=ne(e),this.strides=Qt(e),this.dataId=n,this.id=o,this.rankType=this.rank<5?this.rank.toString():"higher"}get rank(){return this.shape.length}async buffer(){let e=await this.data();return Ls.buffer(this.shape,this.dtype,e)}bufferSync(){return Ls.buffer(this.shape,this.dtype,this.dataSync())}async array(){let e=await this.data();return Nn(this.shape,e,this.dtype==="complex64")}arraySync(){return Nn(this.shape,this.dataSync(),this.dtype==="complex64")}async data(){this.throwIfDisposed();let e=Gt().read(this.dataId);if(this.dtype==="string"){let t=await e;try{return t.map(n=>Bs(n))}catch{throw new Error("Failed to decode the string bytes into utf-8. To get the original bytes, call tensor.bytes().")}}return e}dataToGPU(e){return this.throwIfDisposed(),Gt().readToGPU(this.dataId,e)}dataSync(){this.throwIfDisposed();let e=Gt().readSync(this.dataId);if(this.dtype==="string")try{return e.map(t=>Bs(t))}catch{throw new Error("Failed to decode the string bytes into utf-8. To get the original bytes, call tensor.bytes().")}return e}async bytes(){this.throwIfDisposed();let e=await Gt().read(this.dataId);return this.dtype==="string"?e:new Uint8Array(e.buffer)}dispose(){this.isDisposed||(this.kerasMask&&this.kerasMask.dispose(),Gt().disposeTensor(this),this.isDisposedInternal=!0)}get isDisposed(){return this.isDisposedInternal}throwIfDisposed(){if(this.isDisposed)throw new Error("Tensor is disposed.")}print(e=!1){return Ls.print(this,e)}clone(){return this.throwIfDisposed(),Ls.clone(this)}toString(e=!1){let t=this.dataSync();return Fh(t,this.shape,this.dtype,e)}cast(e){return this.throwIfDisposed(),Ls.cast(this,e)}variable(e=!0,t,n){return this.throwIfDisposed(),Gt().makeVariable(this,e,t,n)}};Object.defineProperty(Me,Symbol.hasInstance,{value:r=>!!r&&r.data!=null&&r.dataSync!=null&&r.throwIfDisposed!=null});function Hp(){return ka("Tensor",()=>Me)}Hp();var dr=class extends Me{constructor(e,t,n,o){super(e.shape,e.dtype,e.dataId,o),this.trainable=t,this.name=n}assign(e){if(e.dtype!==this.dtype)throw new Error(`dtype of the new value (${e.dtype}) and previous value (${this.dtype}) must match`);if(!Yt(e.shape,this.shape))throw new Error(`shape of the new value (${e.shape}) and previous value (${this.shape}) must match`);Gt().disposeTensor(this),this.dataId=e.dataId,Gt().incRef(this,null)}dispose(){Gt().disposeVariable(this),this.isDisposedInternal=!0}};Object.defineProperty(dr,Symbol.hasInstance,{value:r=>r instanceof Me&&r.assign!=null&&r.assign instanceof Function});var qp;(function(r){r.R0="R0",r.R1="R1",r.R2="R2",r.R3="R3",r.R4="R4",r.R5="R5",r.R6="R6"})(qp||(qp={}));var jp;(function(r){r.float32="float32",r.int32="int32",r.bool="int32",r.complex64="complex64"})(jp||(jp={}));var Xp;(function(r){r.float32="float32",r.int32="int32",r.bool="bool",r.complex64="complex64"})(Xp||(Xp={}));var Yp;(function(r){r.float32="float32",r.int32="float32",r.bool="float32",r.complex64="complex64"})(Yp||(Yp={}));var Qp;(function(r){r.float32="complex64",r.int32="complex64",r.bool="complex64",r.complex64="complex64"})(Qp||(Qp={}));var A_={float32:Yp,int32:jp,bool:Xp,complex64:Qp};function et(r,e){if(r==="string"||e==="string"){if(r==="string"&&e==="string")return"string";throw new Error(`Can not upcast ${r} with ${e}`)}return A_[r][e]}function Pa(r){return et(r,"int32")}function Ji(r){return r!=null&&typeof r=="object"&&"texture"in r&&r.texture instanceof WebGLTexture}function eu(r){return typeof GPUBuffer<"u"&&r!=null&&typeof r=="object"&&"buffer"in r&&r.buffer instanceof GPUBuffer}function Q(r,e){if(r.dtype===e.dtype)return[r,e];let t=et(r.dtype,e.dtype);return[r.cast(t),e.cast(t)]}function tu(r){let e=[];return Lh(r,e,new Set),e}function Lh(r,e,t){if(r==null)return;if(r instanceof Me){e.push(r);return}if(!$_(r))return;let n=r;for(let o in n){let s=n[o];t.has(s)||(t.add(s),Lh(s,e,t))}}function $_(r){return Array.isArray(r)||typeof r=="object"}function Zp(r){return r.kernelName!=null}var ru=class{constructor(){this.registeredVariables={},this.nextTapeNodeId=0,this.numBytes=0,this.numTensors=0,this.numStringTensors=0,this.numDataBuffers=0,this.gradientDepth=0,this.kernelDepth=0,this.scopeStack=[],this.numDataMovesStack=[],this.nextScopeId=0,this.tensorInfo=new WeakMap,this.profiling=!1,this.activeProfile={newBytes:0,newTensors:0,peakBytes:0,kernels:[],result:null,get kernelNames(){return Array.from(new Set(this.kernels.map(e=>e.name)))}}}dispose(){for(let e in this.registeredVariables)this.registeredVariables[e].dispose()}},Ba=class r{constructor(e){this.ENV=e,this.registry={},this.registryFactory={},this.pendingBackendInitId=0,this.state=new ru}async ready(){if(this.pendingBackendInit!=null)return this.pendingBackendInit.then(()=>{});if(this.backendInstance!=null)return;let e=this.getSortedBackends();for(let t=0;t<e.length;t++){let n=e[t];if(await this.initializeBackend(n).success){await this.setBackend(n);return}}throw new Error("Could not initialize any backends, all backend initializations failed.")}get backend(){if(this.pendingBackendInit!=null)throw new Error(`Backend '${this.backendName}' has not yet been initialized. Make sure to await tf.ready() or await tf.setBackend() before calling other methods`);if(this.backendInstance==null){let{name:e,asyncInit:t}=this.initializeBackendsAndReturnBest();if(t)throw new Error(`The highest priority backend '${e}' has not yet been initialized. Make sure to await tf.ready() or await tf.setBackend() before calling other methods`);this.setBackend(e)}return this.backendInstance}backendNames(){return Object.keys(this.registryFactory)}findBackend(e){if(!(e in this.registry))if(e in this.registryFactory){let{asyncInit:t}=this.initializeBackend(e);if(t)return null}else return null;return this.registry[e]}findBackendFactory(e){return e in this.registryFactory?this.registryFactory[e].factory:null}registerBackend(e,t,n=1){return e in this.registryFactory?(fr(`${e} backend was already registered. Reusing existing backend factory.`),!1):(this.registryFactory[e]={factory:t,priority:n},!0)}async setBackend(e){if(this.registryFactory[e]==null)throw new Error(`Backend name '${e}' not found in registry`);if(this.backendName=e,this.registry[e]==null){this.backendInstance=null;let{success:t,asyncInit:n}=this.initializeBackend(e);if(!(n?await t:t))return!1}return this.backendInstance=this.registry[e],this.setupRegisteredKernels(),this.profiler=new Qi(this.backendInstance),!0}setupRegisteredKernels(){Mp(this.backendName).forEach(t=>{t.setupFunc!=null&&t.setupFunc(this.backendInstance)})}disposeRegisteredKernels(e){Mp(e).forEach(n=>{n.disposeFunc!=null&&n.disposeFunc(this.registry[e])})}initializeBackend(e){let t=this.registryFactory[e];if(t==null)throw new Error(`Cannot initialize backend ${e}, no registration found.`);try{let n=t.factory();if(n&&!(n instanceof ur)&&typeof n.then=="function"){let o=++this.pendingBackendInitId,s=n.then(a=>o<this.pendingBackendInitId?!1:(this.registry[e]=a,this.pendingBackendInit=null,!0)).catch(a=>(o<this.pendingBackendInitId||(this.pendingBackendInit=null,fr(`Initialization of backend ${e} failed`),fr(a.stack||a.message)),!1));return this.pendingBackendInit=s,{success:s,asyncInit:!0}}else return this.registry[e]=n,{success:!0,asyncInit:!1}}catch(n){return fr(`Initialization of backend ${e} failed`),fr(n.stack||n.message),{success:!1,asyncInit:!1}}}removeBackend(e){if(!(e in this.registryFactory))throw new Error(`${e} backend not found in registry`);this.backendName===e&&this.pendingBackendInit!=null&&this.pendingBackendInitId++,e in this.registry&&(this.disposeRegisteredKernels(e),this.registry[e].dispose(),delete this.registry[e]),delete this.registryFactory[e],this.backendName===e&&(this.pendingBackendInit=null,this.backendName=null,this.backendInstance=null)}getSortedBackends(){if(Object.keys(this.registryFactory).length===0)throw new Error("No backend found in registry.");return Object.keys(this.registryFactory).sort((e,t)=>this.registryFactory[t].priority-this.registryFactory[e].priority)}initializeBackendsAndReturnBest(){let e=this.getSortedBackends();for(let t=0;t<e.length;t++){let n=e[t],{success:o,asyncInit:s}=this.initializeBackend(n);if(s||o)return{name:n,asyncInit:s}}throw new Error("Could not initialize any backends, all backend initializations failed.")}moveData(e,t){let n=this.state.tensorInfo.get(t),o=n.backend,s=this.readSync(t),a=o.refCount(t);o.disposeData(t,!0),n.backend=e,e.move(t,s,n.shape,n.dtype,a),this.shouldCheckForMemLeaks()&&this.state.numDataMovesStack[this.state.numDataMovesStack.length-1]++}tidy(e,t){let n=null;if(t==null){if(typeof e!="function")throw new Error("Please provide a function to tidy()");t=e}else{if(typeof e!="string"&&!(e instanceof String))throw new Error("When calling with two arguments, the first argument to tidy() must be a string");if(typeof t!="function")throw new Error("When calling with two arguments, the 2nd argument to tidy() must be a function");n=e}let o;return this.scopedRun(()=>this.startScope(n),()=>this.endScope(o),()=>(o=t(),o instanceof Promise&&console.error("Cannot return a Promise inside of tidy."),o))}scopedRun(e,t,n){e();try{let o=n();return t(),o}catch(o){throw t(),o}}nextTensorId(){return r.nextTensorId++}nextVariableId(){return r.nextVariableId++}clone(e){let t=I.runKernel(pr,{x:e}),n={x:e},o=a=>({x:()=>{let i="float32",u={x:a},l={dtype:i};return I.runKernel(lr,u,l)}}),s=[];return this.addTapeNode(this.state.activeScope.name,n,[t],o,s,{}),t}runKernel(e,t,n){if(this.backendName==null&&this.backend,!(Bp(e,this.backendName)!=null))throw new Error(`Kernel '${e}' not registered for backend '${this.backendName}'`);return this.runKernelFunc({kernelName:e,inputs:t,attrs:n})}shouldCheckForMemLeaks(){return this.ENV.getBool("IS_TEST")}checkKernelForMemLeak(e,t,n){let o=this.backend.numDataIds(),s=0;n.forEach(u=>{s+=u.dtype==="complex64"?3:1});let a=this.state.numDataMovesStack[this.state.numDataMovesStack.length-1],i=o-t-s-a;if(i>0)throw new Error(`Backend '${this.backendName}' has an internal memory leak (${i} data ids) after running '${e}'`)}runKernelFunc(e){let t,n=[],o=this.isTapeOn(),s=this.state.numBytes,a=this.state.numTensors;this.shouldCheckForMemLeaks()&&this.state.numDataMovesStack.push(0);let i;this.backendName==null&&this.backend;let u,l=Zp(e)?e.kernelName:this.state.activeScope!=null?this.state.activeScope.name:"";if(Zp(e)){let{kernelName:d,inputs:g,attrs:h}=e;this.backendName==null&&this.backend;let x=Bp(d,this.backendName);T(x!=null,()=>`Cannot find registered kernel '${d}' for backend '${this.backendName}'`),i=()=>{let b=this.backend.numDataIds();u=x.kernelFunc({inputs:g,attrs:h,backend:this.backend});let C=Array.isArray(u)?u:[u];this.shouldCheckForMemLeaks()&&this.checkKernelForMemLeak(d,b,C);let E=C.map(k=>k.rank!=null?k:this.makeTensorFromTensorInfo(k));if(o){let k=this.getTensorsForGradient(d,g,E);n=this.saveTensorsForBackwardMode(k)}return E}}else{let{forwardFunc:d}=e,g=h=>{o&&(n=h.map(x=>this.keep(this.clone(x))))};i=()=>{let h=this.backend.numDataIds();u=this.tidy(()=>d(this.backend,g));let x=Array.isArray(u)?u:[u];return this.shouldCheckForMemLeaks()&&this.checkKernelForMemLeak(l,h,x),x}}let{inputs:p,attrs:c}=e,m=Zp(e)?null:e.backwardsFunc,f;return this.scopedRun(()=>this.state.kernelDepth++,()=>this.state.kernelDepth--,()=>{!this.ENV.getBool("DEBUG")&&!this.state.profiling?t=i():(f=this.profiler.profileKernel(l,p,()=>i()),this.ENV.getBool("DEBUG")&&this.profiler.logKernelProfile(f),t=f.outputs)}),o&&this.addTapeNode(l,p,t,m,n,c),this.state.profiling&&this.state.activeProfile.kernels.push({name:l,bytesAdded:this.state.numBytes-s,totalBytesSnapshot:this.state.numBytes,tensorsAdded:this.state.numTensors-a,totalTensorsSnapshot:this.state.numTensors,inputShapes:Object.keys(p).map(d=>p[d]!=null?p[d].shape:null),outputShapes:t.map(d=>d.shape),kernelTimeMs:f.timeMs,extraInfo:f.extraInfo}),Array.isArray(u)?t:t[0]}saveTensorsForBackwardMode(e){return e.map(n=>this.keep(this.clone(n)))}getTensorsForGradient(e,t,n){let o=Lp(e);if(o!=null){let s=o.inputsToSave||[],a=o.outputsToSave||[],i;o.saveAllInputs?(T(Array.isArray(t),()=>"saveAllInputs is true, expected inputs to be an array."),i=Object.keys(t).map(l=>t[l])):i=s.map(l=>t[l]);let u=n.filter((l,p)=>a[p]);return i.concat(u)}return[]}makeTensor(e,t,n,o){if(e==null)throw new Error("Values passed to engine.makeTensor() are null");n=n||"float32",o=o||this.backend;let s=e;n==="string"&&Lo(e[0])&&(s=e.map(u=>Ps(u)));let a=o.write(s,t,n),i=new Me(t,n,a,this.nextTensorId());if(this.trackTensor(i,o),n==="string"){let u=this.state.tensorInfo.get(a),l=Fp(s);this.state.numBytes+=l-u.bytes,u.bytes=l}return i}makeTensorFromDataId(e,t,n,o){n=n||"float32";let s={dataId:e,shape:t,dtype:n};return this.makeTensorFromTensorInfo(s,o)}makeTensorFromTensorInfo(e,t){let{dataId:n,shape:o,dtype:s}=e,a=new Me(o,s,n,this.nextTensorId());return this.trackTensor(a,t),a}makeVariable(e,t=!0,n,o){n=n||this.nextVariableId().toString(),o!=null&&o!==e.dtype&&(e=e.cast(o));let s=new dr(e,t,n,this.nextTensorId());if(this.state.registeredVariables[s.name]!=null)throw new Error(`Variable with name ${s.name} was already registered`);return this.state.registeredVariables[s.name]=s,this.incRef(s,this.backend),s}trackTensor(e,t){this.state.numTensors++,e.dtype==="string"&&this.state.numStringTensors++;let n=0;e.dtype!=="complex64"&&e.dtype!=="string"&&(n=e.size*Bo(e.dtype)),this.state.numBytes+=n,this.state.tensorInfo.has(e.dataId)||(this.state.numDataBuffers++,this.state.tensorInfo.set(e.dataId,{backend:t||this.backend,dtype:e.dtype,shape:e.shape,bytes:n})),e instanceof dr||this.track(e)}incRef(e,t){this.trackTensor(e,t),this.backend.incRef(e.dataId)}removeDataId(e,t){this.state.tensorInfo.has(e)&&this.state.tensorInfo.get(e).backend===t&&(this.state.tensorInfo.delete(e),this.state.numDataBuffers--)}disposeTensor(e){if(!this.state.tensorInfo.has(e.dataId))return;let t=this.state.tensorInfo.get(e.dataId);if(this.state.numTensors--,e.dtype==="string"&&(this.state.numStringTensors--,this.state.numBytes-=t.bytes),e.dtype!=="complex64"&&e.dtype!=="string"){let n=e.size*Bo(e.dtype);this.state.numBytes-=n}t.backend.disposeData(e.dataId)&&this.removeDataId(e.dataId,t.backend)}disposeVariables(){for(let e in this.state.registeredVariables){let t=this.state.registeredVariables[e];this.disposeVariable(t)}}disposeVariable(e){this.disposeTensor(e),this.state.registeredVariables[e.name]!=null&&delete this.state.registeredVariables[e.name]}memory(){let e=this.backend.memory();return e.numTensors=this.state.numTensors,e.numDataBuffers=this.state.numDataBuffers,e.numBytes=this.state.numBytes,this.state.numStringTensors>0&&(e.unreliable=!0,e.reasons==null&&(e.reasons=[]),e.reasons.push("Memory usage by string tensors is approximate (2 bytes per character)")),e}async profile(e){this.state.profiling=!0;let t=this.state.numBytes,n=this.state.numTensors;this.state.activeProfile.kernels=[],this.state.activeProfile.result=await e(),this.state.profiling=!1,this.state.activeProfile.peakBytes=Math.max(...this.state.activeProfile.kernels.map(o=>o.totalBytesSnapshot)),this.state.activeProfile.newBytes=this.state.numBytes-t,this.state.activeProfile.newTensors=this.state.numTensors-n;for(let o of this.state.activeProfile.kernels)o.kernelTimeMs=await o.kernelTimeMs,o.extraInfo=await o.extraInfo;return this.state.activeProfile}isTapeOn(){return this.state.gradientDepth>0&&this.state.kernelDepth===0}addTapeNode(e,t,n,o,s,a){let i={id:this.state.nextTapeNodeId++,kernelName:e,inputs:t,outputs:n,saved:s},u=Lp(e);u!=null&&(o=u.gradFunc),o!=null&&(i.gradient=l=>(l=l.map((p,c)=>{if(p==null){let m=n[c],f=Vo(m.size,m.dtype);return this.makeTensor(f,m.shape,m.dtype)}return p}),o(l.length>1?l:l[0],s,a))),this.state.activeTape.push(i)}keep(e){return e.kept=!0,e}startTape(){this.state.gradientDepth===0&&(this.state.activeTape=[]),this.state.gradientDepth++}endTape(){this.state.gradientDepth--}startScope(e){let t={track:[],name:"unnamed scope",id:this.state.nextScopeId++};e&&(t.name=e),this.state.scopeStack.push(t),this.state.activeScope=t}endScope(e){let t=tu(e),n=new Set(t.map(s=>s.id));for(let s=0;s<this.state.activeScope.track.length;s++){let a=this.state.activeScope.track[s];!a.kept&&!n.has(a.id)&&a.dispose()}let o=this.state.scopeStack.pop();this.state.activeScope=this.state.scopeStack.length===0?null:this.state.scopeStack[this.state.scopeStack.length-1],t.forEach(s=>{!s.kept&&s.scopeId===o.id&&this.track(s)})}gradients(e,t,n,o=!1){if(T(t.length>0,()=>"gradients() received an empty list of xs."),n!=null&&n.dtype!=="float32")throw new Error(`dy must have 'float32' dtype, but has '${n.dtype}'`);let s=this.scopedRun(()=>this.startTape(),()=>this.endTape(),()=>this.tidy("forward",e));T(s instanceof Me,()=>"The result y returned by f() must be a tensor.");let a=Ah(this.state.activeTape,t,s);if(!o&&a.length===0&&t.length>0)throw new Error("Cannot compute gradient of y=f(x) with respect to x. Make sure that the f you passed encloses all operations that lead from x to y.");return this.tidy("backward",()=>{let i={};i[s.id]=n??R_(s.shape),$h(i,a,l=>this.tidy(l),F_);let u=t.map(l=>i[l.id]);return this.state.gradientDepth===0&&(this.state.activeTape.forEach(l=>{for(let p of l.saved)p.dispose()}),this.state.activeTape=null),{value:s,grads:u}})}customGrad(e){return T(Mo(e),()=>"The f passed in customGrad(f) must be a function."),(...t)=>{T(t.every(i=>i instanceof Me),()=>"The args passed in customGrad(f)(x1, x2,...) must all be tensors");let n,o={};t.forEach((i,u)=>{o[u]=i});let s=(i,u)=>(n=e(...t,u),T(n.value instanceof Me,()=>"The function f passed in customGrad(f) must return an object where `obj.value` is a tensor"),T(Mo(n.gradFunc),()=>"The function f passed in customGrad(f) must return an object where `obj.gradFunc` is a function."),n.value),a=(i,u)=>{let l=n.gradFunc(i,u),p=Array.isArray(l)?l:[l];T(p.length===t.length,()=>"The function f passed in customGrad(f) must return an object where `obj.gradFunc` is a function that returns the same number of tensors as inputs passed to f(...)."),T(p.every(m=>m instanceof Me),()=>"The function f passed in customGrad(f) must return an object where `obj.gradFunc` is a function that returns a list of only tensors.");let c={};return p.forEach((m,f)=>{c[f]=()=>m}),c};return this.runKernelFunc({forwardFunc:s,backwardsFunc:a,inputs:o})}}readSync(e){return this.state.tensorInfo.get(e).backend.readSync(e)}read(e){return this.state.tensorInfo.get(e).backend.read(e)}readToGPU(e,t){return this.state.tensorInfo.get(e).backend.readToGPU(e,t)}async time(e){let t=io(),n=await this.backend.time(e);return n.wallMs=io()-t,n}track(e){return this.state.activeScope!=null&&(e.scopeId=this.state.activeScope.id,this.state.activeScope.track.push(e)),e}get registeredVariables(){return this.state.registeredVariables}reset(){this.pendingBackendInitId++,this.state.dispose(),this.ENV.reset(),this.state=new ru;for(let e in this.registry)this.disposeRegisteredKernels(e),this.registry[e].dispose(),delete this.registry[e];this.backendName=null,this.backendInstance=null,this.pendingBackendInit=null}};Ba.nextTensorId=0;Ba.nextVariableId=0;function R_(r){let e=Ea(ne(r),"float32");return I.makeTensor(e,r,"float32")}function Jp(){let r=Pp();if(r._tfengine==null){let e=new _a(r);r._tfengine=new Ba(e)}return eh(r._tfengine.ENV),Oh(()=>r._tfengine),r._tfengine}var I=Jp();function F_(r,e){let t={a:r,b:e};return I.runKernel("Add",t)}var Ms={};ue(Ms,{isBrowser:()=>tc,isMobile:()=>P_,mockIsMobile:()=>O_});function D_(){return typeof navigator<"u"&&navigator!=null}var ec;function O_(r){ec=r}function P_(r){if(ec!==void 0)return ec;if(r||D_()){if(r||(r=navigator),r.product==="ReactNative")return!0;let e=r.userAgent||r.vendor||(typeof window<"u"?window.opera:"");if(!e){let t=r;return t.userAgentData&&t.userAgentData.mobile}return/(android|bb\d+|meego).+mobile|avantgo|bada\/|blackberry|blazer|compal|elaine|fennec|hiptop|iemobile|ip(hone|od)|iris|kindle|lge |maemo|midp|mmp|mobile.+firefox|netfront|opera m(ob|in)i|palm( os)?|phone|p(ixi|re)\/|plucker|pocket|psp|series(4|6)0|symbian|treo|up\.(browser|link)|vodafone|wap|windows ce|xda|xiino/i.test(e)||/1207|6310|6590|3gso|4thp|50[1-6]i|770s|802s|a wa|abac|ac(er|oo|s\-)|ai(ko|rn)|al(av|ca|co)|amoi|an(ex|ny|yw)|aptu|ar(ch|go)|as(te|us)|attw|au(di|\-m|r |s )|avan|be(ck|ll|nq)|bi(lb|rd)|bl(ac|az)|br(e|v)w|bumb|bw\-(n|u)|c55\/|capi|ccwa|cdm\-|cell|chtm|cldc|cmd\-|co(mp|nd)|craw|da(it|ll|ng)|dbte|dc\-s|devi|dica|dmob|do(c|p)o|ds(12|\-d)|el(49|ai)|em(l2|ul)|er(ic|k0)|esl8|ez([4-7]0|os|wa|ze)|fetc|fly(\-|_)|g1 u|g560|gene|gf\-5|g\-mo|go(\.w|od)|gr(ad|un)|haie|hcit|hd\-(m|p|t)|hei\-|hi(pt|ta)|hp( i|ip)|hs\-c|ht(c(\-| |_|a|g|p|s|t)|tp)|hu(aw|tc)|i\-(20|go|ma)|i230|iac( |\-|\/)|ibro|idea|ig01|ikom|im1k|inno|ipaq|iris|ja(t|v)a|jbro|jemu|jigs|kddi|keji|kgt( |\/)|klon|kpt |kwc\-|kyo(c|k)|le(no|xi)|lg( g|\/(k|l|u)|50|54|\-[a-w])|libw|lynx|m1\-w|m3ga|m50\/|ma(te|ui|xo)|mc(01|21|ca)|m\-cr|me(rc|ri)|mi(o8|oa|ts)|mmef|mo(01|02|bi|de|do|t(\-| |o|v)|zz)|mt(50|p1|v )|mwbp|mywa|n10[0-2]|n20[2-3]|n30(0|2)|n50(0|2|5)|n7(0(0|1)|10)|ne((c|m)\-|on|tf|wf|wg|wt)|nok(6|i)|nzph|o2im|op(ti|wv)|oran|owg1|p800|pan(a|d|t)|pdxg|pg(13|\-([1-8]|c))|phil|pire|pl(ay|uc)|pn\-2|po(ck|rt|se)|prox|psio|pt\-g|qa\-a|qc(07|12|21|32|60|\-[2-7]|i\-)|qtek|r380|r600|raks|rim9|ro(ve|zo)|s55\/|sa(ge|ma|mm|ms|ny|va)|sc(01|h\-|oo|p\-)|sdk\/|se(c(\-|0|1)|47|mc|nd|ri)|sgh\-|shar|sie(\-|m)|sk\-0|sl(45|id)|sm(al|ar|b3|it|t5)|so(ft|ny)|sp(01|h\-|v\-|v )|sy(01|mb)|t2(18|50)|t6(00|10|18)|ta(gt|lk)|tcl\-|tdg\-|tel(i|m)|tim\-|t\-mo|to(pl|sh)|ts(70|m\-|m3|m5)|tx\-9|up(\.b|g1|si)|utst|v400|v750|veri|vi(rg|te)|vk(40|5[0-3]|\-v)|vm40|voda|vulc|vx(52|53|60|61|70|80|81|83|85|98)|w3c(\-| )|webc|whit|wi(g |nc|nw)|wmlb|wonu|x700|yas\-|your|zeto|zte\-/i.test(e.substr(0,4))}return!1}function tc(){return typeof window<"u"&&window.document!=null||typeof WorkerGlobalScope<"u"}var lt=_();lt.registerFlag("DEBUG",()=>!1,r=>{r&&console.warn("Debugging mode is ON. The output of every math call will be downloaded to CPU and checked for NaNs. This significantly impacts performance.")});lt.registerFlag("IS_BROWSER",()=>tc());lt.registerFlag("IS_NODE",()=>!1);lt.registerFlag("IS_CHROME",()=>typeof navigator<"u"&&navigator!=null&&navigator.userAgent!=null&&/Chrome/.test(navigator.userAgent)&&/Google Inc/.test(navigator.vendor));lt.registerFlag("IS_SAFARI",()=>typeof navigator<"u"&&navigator!=null&&navigator.userAgent!=null&&/Safari/.test(navigator.userAgent)&&/Apple/.test(navigator.vendor));lt.registerFlag("PROD",()=>!1);lt.registerFlag("TENSORLIKE_CHECK_SHAPE_CONSISTENCY",()=>lt.getBool("DEBUG"));lt.registerFlag("DEPRECATION_WARNINGS_ENABLED",()=>!0);lt.registerFlag("IS_TEST",()=>!1);lt.registerFlag("CHECK_COMPUTATION_FOR_ERRORS",()=>lt.getBool("DEBUG"));lt.registerFlag("WRAP_TO_IMAGEBITMAP",()=>!1);lt.registerFlag("CANVAS2D_WILL_READ_FREQUENTLY_FOR_GPU",()=>!1);lt.registerFlag("USE_SETTIMEOUTCUSTOM",()=>!1);function uo(r,e){let t=r;if(Je(r))return e==="string"?[]:[r.length];if(Ji(r)){let o=r.channels||"RGBA";return[r.height,r.width*o.length]}else if(eu(r))return[r.buffer.size/(e==null?4:Bo(e))];if(!Array.isArray(r))return[];let n=[];for(;Array.isArray(t)||Je(t)&&e!=="string";)n.push(t.length),t=t[0];return Array.isArray(r)&&_().getBool("TENSORLIKE_CHECK_SHAPE_CONSISTENCY")&&Uh(r,n,[]),n}function Uh(r,e,t){if(t=t||[],!Array.isArray(r)&&!Je(r)){T(e.length===0,()=>`Element arr[${t.join("][")}] is a primitive, but should be an array/TypedArray of ${e[0]} elements`);return}T(e.length>0,()=>`Element arr[${t.join("][")}] should be a primitive, but is an array of ${r.length} elements`),T(r.length===e[0],()=>`Element arr[${t.join("][")}] should have ${e[0]} elements, but has ${r.length} elements`);let n=e.slice(1);for(let o=0;o<r.length;++o)Uh(r[o],n,t.concat(o))}function Mh(r,e,t,n){if(r!=="string_or_numeric"){if(r==null)throw new Error("Expected dtype cannot be null.");if(r!=="numeric"&&r!==e||r==="numeric"&&e==="string")throw new Error(`Argument '${t}' passed to '${n}' must be ${r} tensor, but got ${e} tensor`)}}function N(r,e,t,n="numeric"){if(r instanceof Hp())return Mh(n,r.dtype,e,t),r;let o=Ar(r);if(o!=="string"&&["bool","int32","float32"].indexOf(n)>=0&&(o=n),Mh(n,o,e,t),r==null||!Je(r)&&!Array.isArray(r)&&typeof r!="number"&&typeof r!="boolean"&&typeof r!="string"){let u=r==null?"null":r.constructor.name;throw new Error(`Argument '${e}' passed to '${t}' must be a Tensor or TensorLike, but got '${u}'`)}let s=uo(r,o);!Je(r)&&!Array.isArray(r)&&(r=[r]);let i=o!=="string"?Os(r,o):en(r,[],!0);return I.makeTensor(i,s,o)}function nu(r,e,t,n="numeric"){if(!Array.isArray(r))throw new Error(`Argument ${e} passed to ${t} must be a \`Tensor[]\` or \`TensorLike[]\``);return r.map((s,a)=>N(s,`${e}[${a}]`,t,n))}var B_="__op";function S(r){let e=Object.keys(r);if(e.length!==1)throw new Error(`Please provide an object with a single key (operation name) mapping to a function. Got an object with ${e.length} keys.`);let t=e[0],n=r[t];t.endsWith("_")&&(t=t.substring(0,t.length-1)),t=t+B_;let o=(...s)=>{I.startScope(t);try{let a=n(...s);return vn(a)&&console.error("Cannot return a Promise inside of tidy."),I.endScope(a),a}catch(a){throw I.endScope(null),a}};return Object.defineProperty(o,"name",{value:t,configurable:!0}),o}function L_(r,e){let t=N(r,"real","complex"),n=N(e,"imag","complex");Ui(t.shape,n.shape,`real and imag shapes, ${t.shape} and ${n.shape}, must match in call to tf.complex().`);let o={real:t,imag:n};return I.runKernel(Aa,o)}var rn=S({complex_:L_});function nn(r,e,t,n){if(n==null)n=Ar(r);else if(n==="complex64")throw new Error("Cannot construct a complex64 tensor directly. Please use tf.complex(real, imag).");if(eu(r)||Ji(r)){if(n!=="float32"&&n!=="int32")throw new Error(`Creating tensor from GPU data only supports 'float32'|'int32' dtype, while the dtype is ${n}.`);return I.backend.createTensorFromGPUData(r,e||t,n)}if(!Je(r)&&!Array.isArray(r)&&typeof r!="number"&&typeof r!="boolean"&&typeof r!="string")throw new Error("values passed to tensor(values) must be a number/boolean/string or an array of numbers/booleans/strings, or a TypedArray");if(e!=null){Ze(e);let o=ne(e),s=ne(t);T(o===s,()=>`Based on the provided shape, [${e}], the tensor should have ${o} values but has ${s}`);for(let a=0;a<t.length;++a){let i=t[a],u=a===t.length-1?i!==ne(e.slice(a)):!0;T(t[a]===e[a]||!u,()=>`Error creating a new Tensor. Inferred shape (${t}) does not match the provided shape (${e}). `)}}return!Je(r)&&!Array.isArray(r)&&(r=[r]),e=e||t,r=n!=="string"?Os(r,n):en(r,[],!0),I.makeTensor(r,e,n)}function Jt(r,e,t){let n=uo(r,t);return nn(r,e,n,t)}var hr={float32:4,float16:2,int32:4,uint16:2,uint8:1,bool:1,complex64:8};var je=class r{static join(e){return new r(e).slice()}constructor(e){if(this.shards=[],this.previousShardIndex=0,e==null||(e instanceof Array||(e=[e]),e=e.map(n=>Je(n)?n.buffer:n),e.length===0))return;this.bufferUniformSize=e[0].byteLength;let t=0;for(let n=0;n<e.length;n++){let o=e[n];n!==e.length-1&&o.byteLength!==this.bufferUniformSize&&(this.bufferUniformSize=void 0);let s=t+o.byteLength;this.shards.push({buffer:o,start:t,end:s}),t=s}this.shards.length===0&&(this.byteLength=0),this.byteLength=this.shards[this.shards.length-1].end}slice(e=0,t=this.byteLength){if(this.shards.length===0)return new ArrayBuffer(0);if(e=isNaN(Number(e))?0:e,t=isNaN(Number(t))?0:t,e=Math.max(0,e),t=Math.min(this.byteLength,t),t<=e)return new ArrayBuffer(0);let n=this.findShardForByte(e);if(n===-1)throw new Error(`Could not find start shard for byte ${e}`);let o=t-e,s=new ArrayBuffer(o),a=new Uint8Array(s),i=0;for(let u=n;u<this.shards.length;u++){let l=this.shards[u],c=e+i-l.start,m=i,d=Math.min(t,l.end)-l.start,g=new Uint8Array(l.buffer,c,d-c);if(a.set(g,m),i+=g.length,t<l.end)break}return s}findShardForByte(e){if(this.shards.length===0||e<0||e>=this.byteLength)return-1;if(this.bufferUniformSize!=null)return this.previousShardIndex=Math.floor(e/this.bufferUniformSize),this.previousShardIndex;function t(o){return e<o.start?-1:e>=o.end?1:0}if(t(this.shards[this.previousShardIndex])===0)return this.previousShardIndex;let n=M_(this.shards,t);return n===-1?-1:(this.previousShardIndex=n,this.previousShardIndex)}};function M_(r,e){let t=0,n=r.length;for(;t<=n;){let o=Math.floor((n-t)/2)+t,s=e(r[o]);if(s===0)return o;s<0?n=o:t=o+1}return-1}function Vh(r){_().getBool("DEPRECATION_WARNINGS_ENABLED")&&console.warn(r+" You can disable deprecation warnings with tf.disableDeprecationWarnings().")}Bh(Vh);function Wt(){return I}function J(r,e){return I.tidy(r,e)}function ve(r){tu(r).forEach(t=>t.dispose())}function ou(r){return I.keep(r)}function U_(r){return I.setBackend(r)}function rc(){return I.backendName}function V_(r){I.removeBackend(r)}function G_(r){return I.findBackend(r)}function W_(r,e,t=1){return I.registerBackend(r,e,t)}function Gh(){return I.backend}var on=4;async function Kh(r,e){let t=[],n=[],o=Array.isArray(r)?r.map(a=>a.name):Object.keys(r);for(let a=0;a<o.length;++a){let i=o[a],u=Array.isArray(r)?r[a].tensor:r[i];if(u.dtype!=="float32"&&u.dtype!=="int32"&&u.dtype!=="bool"&&u.dtype!=="string"&&u.dtype!=="complex64")throw new Error(`Unsupported dtype in weight '${i}': ${u.dtype}`);let l={name:i,shape:u.shape,dtype:u.dtype};if(u.dtype==="string"){let p=new Promise(async c=>{let m=await u.bytes(),f=m.reduce((h,x)=>h+x.length,0)+on*m.length,d=new Uint8Array(f),g=0;for(let h=0;h<m.length;h++){let x=m[h],b=new Uint8Array(new Uint32Array([x.length]).buffer);d.set(b,g),g+=on,d.set(x,g),g+=x.length}c(d)});n.push(p)}else n.push(u.data());e!=null&&(l.group=e),t.push(l)}let s=await Promise.all(n);return{data:H_(s),specs:t}}function su(r,e){let t=new je(r),n={},o=0;for(let s of e){let a=z_(s,(i,u)=>t.slice(o+i,o+u));n[s.name]=Hh(s,t.slice(o,o+a)),o+=a}return n}function z_(r,e){let t=ne(r.shape),n;if("quantization"in r){let o=r.quantization;n=hr[o.dtype]}else if(r.dtype==="string"){let o=0;for(let s=0;s<t;s++)o+=on+new Uint32Array(e(o,o+on))[0];return o}else n=hr[r.dtype];return t*n}async function K_(r,e){let t=ne(r.shape),n;if("quantization"in r){let o=r.quantization;n=hr[o.dtype]}else if(r.dtype==="string"){let o=0;for(let s=0;s<t;s++)o+=on+new Uint32Array(await e(o,o+on))[0];return o}else n=hr[r.dtype];return t*n}function Hh(r,e){let t=r.name,n=r.dtype,o=r.shape,s=ne(o),a,i=0;if("quantization"in r){let u=r.quantization;if(u.dtype==="uint8"||u.dtype==="uint16"){if(!("min"in u&&"scale"in u))throw new Error(`Weight ${r.name} with quantization ${u.dtype} doesn't have corresponding metadata min and scale.`)}else if(u.dtype==="float16"){if(n!=="float32")throw new Error(`Weight ${r.name} is quantized with ${u.dtype} which only supports weights of type float32 not ${n}.`)}else throw new Error(`Weight ${r.name} has unknown quantization dtype ${u.dtype}. Supported quantization dtypes are: 'uint8', 'uint16', and 'float16'.`);let l=hr[u.dtype],p=u.dtype==="uint8"?new Uint8Array(e):new Uint16Array(e);if(n==="float32")if(u.dtype==="uint8"||u.dtype==="uint16"){a=new Float32Array(p.length);for(let c=0;c<p.length;c++){let m=p[c];a[c]=m*u.scale+u.min}}else if(u.dtype==="float16")a=Y_()(p);else throw new Error(`Unsupported quantization type ${u.dtype} for weight type float32.`);else if(n==="int32"){if(u.dtype!=="uint8"&&u.dtype!=="uint16")throw new Error(`Unsupported quantization type ${u.dtype} for weight type int32.`);a=new Int32Array(p.length);for(let c=0;c<p.length;c++){let m=p[c];a[c]=Math.round(m*u.scale+u.min)}}else throw new Error(`Unsupported dtype in weight '${t}': ${n}`);i+=s*l}else if(n==="string"){let u=ne(r.shape);a=[];for(let l=0;l<u;l++){let p=new Uint32Array(e.slice(i,i+on))[0];i+=on;let c=new Uint8Array(e.slice(i,i+p));a.push(c),i+=p}}else{let u=hr[n];if(n==="float32")a=new Float32Array(e);else if(n==="int32")a=new Int32Array(e);else if(n==="bool")a=new Uint8Array(e);else if(n==="complex64"){a=new Float32Array(e);let l=new Float32Array(a.length/2),p=new Float32Array(a.length/2);for(let d=0;d<l.length;d++)l[d]=a[d*2],p[d]=a[d*2+1];let c=Jt(l,o,"float32"),m=Jt(p,o,"float32"),f=rn(c,m);return c.dispose(),m.dispose(),f}else throw new Error(`Unsupported dtype in weight '${t}': ${n}`);i+=s*u}return Jt(a,o,n)}async function Wh(r,e,t){let n=new Uint8Array(e);for(;n.byteLength<t;){let{done:o,value:s}=await r.read();if(o&&s==null){let i=t-n.byteLength;throw new Error(`Reader is done but ${i} bytes are still expected`)}let a=new Uint8Array(n.length+s.byteLength);a.set(n,0),a.set(new Uint8Array(s),n.length),n=a}return n.buffer}async function au(r,e){let t={},n=r.getReader(),o=new ArrayBuffer(0);for(let s of e){let a=await K_(s,async(l,p)=>(o=await Wh(n,o,p),o.slice(l,p)));o=await Wh(n,o,a);let i=o.slice(0,a);o=o.slice(a);let u=Hh(s,i);if(t[s.name]=u,rc()==="webgpu"){let l=Gh();"uploadToGPU"in l&&ne(u.shape)>=_().get("WEBGPU_CPU_HANDOFF_SIZE_THRESHOLD")&&l.uploadToGPU(u.dataId)}}return t}function H_(r){if(r===null)throw new Error(`Invalid input value: ${JSON.stringify(r)}`);let e=0,t=[];r.forEach(s=>{if(e+=s.byteLength,t.push(s.byteLength===s.buffer.byteLength?s:new s.constructor(s)),!(s instanceof Float32Array||s instanceof Int32Array||s instanceof Uint8Array))throw new Error(`Unsupported TypedArray subtype: ${s.constructor.name}`)});let n=new Uint8Array(e),o=0;return t.forEach(s=>{n.set(new Uint8Array(s.buffer),o),o+=s.byteLength}),n.buffer}var nc=typeof Buffer<"u"&&(typeof Blob>"u"||typeof atob>"u"||typeof btoa>"u");function zh(r){return nc?Buffer.byteLength(r,"utf8"):new Blob([r]).size}function qh(r){if(nc)return Buffer.from(r).toString("base64");let e=new Uint8Array(r),t="";for(let n=0,o=e.length;n<o;n++)t+=String.fromCharCode(e[n]);return btoa(t)}function jh(r){if(nc){let n=Buffer.from(r,"base64");return n.buffer.slice(n.byteOffset,n.byteOffset+n.byteLength)}let e=atob(r),t=new Uint8Array(e.length);for(let n=0;n<e.length;++n)t.set([e.charCodeAt(n)],n);return t.buffer}function Xh(r){return je.join(r)}function oc(r){for(r=r.trim();r.endsWith("/");)r=r.slice(0,r.length-1);let t=r.split("/");return t[t.length-1]}function iu(r,e){let t={modelTopology:r.modelTopology,format:r.format,generatedBy:r.generatedBy,convertedBy:r.convertedBy,weightsManifest:e};return r.signature!=null&&(t.signature=r.signature),r.userDefinedMetadata!=null&&(t.userDefinedMetadata=r.userDefinedMetadata),r.modelInitializer!=null&&(t.modelInitializer=r.modelInitializer),r.initializerSignature!=null&&(t.initializerSignature=r.initializerSignature),r.trainingConfig!=null&&(t.trainingConfig=r.trainingConfig),t}function sc(r,e,t){let n={modelTopology:r.modelTopology,format:r.format,generatedBy:r.generatedBy,convertedBy:r.convertedBy};if(r.trainingConfig!=null&&(n.trainingConfig=r.trainingConfig),r.weightsManifest!=null){if(!e)throw new Error("modelJSON has weightsManifest but weightSpecs is null");if(!t)throw new Error("modelJSON has weightsManifest but weightData is null");n.weightSpecs=e,n.weightData=t}return r.signature!=null&&(n.signature=r.signature),r.userDefinedMetadata!=null&&(n.userDefinedMetadata=r.userDefinedMetadata),r.modelInitializer!=null&&(n.modelInitializer=r.modelInitializer),r.initializerSignature!=null&&(n.initializerSignature=r.initializerSignature),n}async function Us(r,e){let t,n;return r.weightsManifest!=null&&([t,n]=await e(r.weightsManifest)),sc(r,t,n)}function er(r){if(r.modelTopology instanceof ArrayBuffer)throw new Error("Expected JSON model topology, received ArrayBuffer.");return{dateSaved:new Date,modelTopologyType:"JSON",modelTopologyBytes:r.modelTopology==null?0:zh(JSON.stringify(r.modelTopology)),weightSpecsBytes:r.weightSpecs==null?0:zh(JSON.stringify(r.weightSpecs)),weightDataBytes:r.weightData==null?0:new je(r.weightData).byteLength}}function La(r){let e=[];for(let t of r)e.push(...t.weights);return e}function q_(){let r=t=>{let n=t<<13,o=0;for(;(n&8388608)===0;)o-=8388608,n<<=1;return n&=-8388609,o+=947912704,n|o},e=new Uint32Array(2048);e[0]=0;for(let t=1;t<1024;t++)e[t]=r(t);for(let t=1024;t<2048;t++)e[t]=939524096+(t-1024<<13);return e}function j_(){let r=new Uint32Array(64);r[0]=0,r[31]=1199570944,r[32]=2147483648,r[63]=3347054592;for(let e=1;e<31;e++)r[e]=e<<23;for(let e=33;e<63;e++)r[e]=2147483648+(e-32<<23);return r}function X_(){let r=new Uint32Array(64);for(let e=0;e<64;e++)r[e]=1024;return r[0]=r[32]=0,r}function Y_(){let r=q_(),e=j_(),t=X_();return n=>{let o=new ArrayBuffer(4*n.length),s=new Uint32Array(o);for(let a=0;a<n.length;a++){let i=n[a],u=r[t[i>>10]+(i&1023)]+e[i>>10];s[a]=u}return new Float32Array(o)}}var Ue=class r{constructor(){this.saveRouters=[],this.loadRouters=[]}static getInstance(){return r.instance==null&&(r.instance=new r),r.instance}static registerSaveRouter(e){r.getInstance().saveRouters.push(e)}static registerLoadRouter(e){r.getInstance().loadRouters.push(e)}static getSaveHandlers(e){return r.getHandlers(e,"save")}static getLoadHandlers(e,t){return r.getHandlers(e,"load",t)}static getHandlers(e,t,n){let o=[];return(t==="load"?r.getInstance().loadRouters:r.getInstance().saveRouters).forEach(a=>{let i=a(e,n);i!==null&&o.push(i)}),o}},Yh=r=>Ue.registerSaveRouter(r),Qh=r=>Ue.registerLoadRouter(r),Zh=r=>Ue.getSaveHandlers(r),Jh=(r,e)=>Ue.getLoadHandlers(r,e);var ac="tensorflowjs",ic=1,lo="models_store",sn="model_info_store";function eg(){if(!_().getBool("IS_BROWSER"))throw new Error("Failed to obtain IndexedDB factory because the current environmentis not a web browser.");let r=typeof window>"u"?self:window,e=r.indexedDB||r.mozIndexedDB||r.webkitIndexedDB||r.msIndexedDB||r.shimIndexedDB;if(e==null)throw new Error("The current browser does not appear to support IndexedDB.");return e}function uc(r){let e=r.result;e.createObjectStore(lo,{keyPath:"modelPath"}),e.createObjectStore(sn,{keyPath:"modelPath"})}var tr=class{constructor(e){if(this.indexedDB=eg(),e==null||!e)throw new Error("For IndexedDB, modelPath must not be null, undefined or empty.");this.modelPath=e}async save(e){if(e.modelTopology instanceof ArrayBuffer)throw new Error("BrowserLocalStorage.save() does not support saving model topology in binary formats yet.");return this.databaseAction(this.modelPath,e)}async load(){return this.databaseAction(this.modelPath)}databaseAction(e,t){return new Promise((n,o)=>{let s=this.indexedDB.open(ac,ic);s.onupgradeneeded=()=>uc(s),s.onsuccess=()=>{let a=s.result;if(t==null){let i=a.transaction(lo,"readonly"),l=i.objectStore(lo).get(this.modelPath);l.onsuccess=()=>{if(l.result==null)return a.close(),o(new Error(`Cannot find model with path '${this.modelPath}' in IndexedDB.`));n(l.result.modelArtifacts)},l.onerror=p=>(a.close(),o(l.error)),i.oncomplete=()=>a.close()}else{t.weightData=je.join(t.weightData);let i=er(t),u=a.transaction(sn,"readwrite"),l=u.objectStore(sn),p;try{p=l.put({modelPath:this.modelPath,modelArtifactsInfo:i})}catch(m){return o(m)}let c;p.onsuccess=()=>{c=a.transaction(lo,"readwrite");let m=c.objectStore(lo),f;try{f=m.put({modelPath:this.modelPath,modelArtifacts:t,modelArtifactsInfo:i})}catch(d){return o(d)}f.onsuccess=()=>n({modelArtifactsInfo:i}),f.onerror=d=>{l=u.objectStore(sn);let g=l.delete(this.modelPath);g.onsuccess=()=>(a.close(),o(f.error)),g.onerror=h=>(a.close(),o(f.error))}},p.onerror=m=>(a.close(),o(p.error)),u.oncomplete=()=>{c==null?a.close():c.oncomplete=()=>a.close()}}},s.onerror=a=>o(s.error)})}};tr.URL_SCHEME="indexeddb://";var tg=r=>_().getBool("IS_BROWSER")&&!Array.isArray(r)&&r.startsWith(tr.URL_SCHEME)?Q_(r.slice(tr.URL_SCHEME.length)):null;Ue.registerSaveRouter(tg);Ue.registerLoadRouter(tg);function Q_(r){return new tr(r)}function Z_(r){return r.startsWith(tr.URL_SCHEME)?r.slice(tr.URL_SCHEME.length):r}var uu=class{constructor(){this.indexedDB=eg()}async listModels(){return new Promise((e,t)=>{let n=this.indexedDB.open(ac,ic);n.onupgradeneeded=()=>uc(n),n.onsuccess=()=>{let o=n.result,s=o.transaction(sn,"readonly"),i=s.objectStore(sn).getAll();i.onsuccess=()=>{let u={};for(let l of i.result)u[l.modelPath]=l.modelArtifactsInfo;e(u)},i.onerror=u=>(o.close(),t(i.error)),s.oncomplete=()=>o.close()},n.onerror=o=>t(n.error)})}async removeModel(e){return e=Z_(e),new Promise((t,n)=>{let o=this.indexedDB.open(ac,ic);o.onupgradeneeded=()=>uc(o),o.onsuccess=()=>{let s=o.result,a=s.transaction(sn,"readwrite"),i=a.objectStore(sn),u=i.get(e),l;u.onsuccess=()=>{if(u.result==null)return s.close(),n(new Error(`Cannot find model with path '${e}' in IndexedDB.`));{let p=i.delete(e),c=()=>{l=s.transaction(lo,"readwrite");let f=l.objectStore(lo).delete(e);f.onsuccess=()=>t(u.result.modelArtifactsInfo),f.onerror=d=>n(u.error)};p.onsuccess=c,p.onerror=m=>(c(),s.close(),n(u.error))}},u.onerror=p=>(s.close(),n(u.error)),a.oncomplete=()=>{l==null?s.close():l.oncomplete=()=>s.close()}},o.onerror=s=>n(o.error)})}};var gr="/",Vs="tensorflowjs_models",rg="info",J_="model_topology",ek="weight_specs",tk="weight_data",rk="model_metadata";function ng(r){return{info:[Vs,r,rg].join(gr),topology:[Vs,r,J_].join(gr),weightSpecs:[Vs,r,ek].join(gr),weightData:[Vs,r,tk].join(gr),modelMetadata:[Vs,r,rk].join(gr)}}function og(r){for(let e of Object.values(r))window.localStorage.removeItem(e)}function nk(r){let e=r.split(gr);if(e.length<3)throw new Error(`Invalid key format: ${r}`);return e.slice(1,e.length-1).join(gr)}function ok(r){return r.startsWith(rr.URL_SCHEME)?r.slice(rr.URL_SCHEME.length):r}var rr=class{constructor(e){if(!_().getBool("IS_BROWSER")||typeof window>"u"||typeof window.localStorage>"u")throw new Error("The current environment does not support local storage.");if(this.LS=window.localStorage,e==null||!e)throw new Error("For local storage, modelPath must not be null, undefined or empty.");this.modelPath=e,this.keys=ng(this.modelPath)}async save(e){if(e.modelTopology instanceof ArrayBuffer)throw new Error("BrowserLocalStorage.save() does not support saving model topology in binary formats yet.");{let t=JSON.stringify(e.modelTopology),n=JSON.stringify(e.weightSpecs),o=er(e),s=je.join(e.weightData);try{this.LS.setItem(this.keys.info,JSON.stringify(o)),this.LS.setItem(this.keys.topology,t),this.LS.setItem(this.keys.weightSpecs,n),this.LS.setItem(this.keys.weightData,qh(s));let a={format:e.format,generatedBy:e.generatedBy,convertedBy:e.convertedBy,signature:e.signature!=null?e.signature:void 0,userDefinedMetadata:e.userDefinedMetadata!=null?e.userDefinedMetadata:void 0,modelInitializer:e.modelInitializer!=null?e.modelInitializer:void 0,initializerSignature:e.initializerSignature!=null?e.initializerSignature:void 0,trainingConfig:e.trainingConfig!=null?e.trainingConfig:void 0};return this.LS.setItem(this.keys.modelMetadata,JSON.stringify(a)),{modelArtifactsInfo:o}}catch{throw og(this.keys),new Error(`Failed to save model '${this.modelPath}' to local storage: size quota being exceeded is a possible cause of this failure: modelTopologyBytes=${o.modelTopologyBytes}, weightSpecsBytes=${o.weightSpecsBytes}, weightDataBytes=${o.weightDataBytes}.`)}}}async load(){let e=JSON.parse(this.LS.getItem(this.keys.info));if(e==null)throw new Error(`In local storage, there is no model with name '${this.modelPath}'`);if(e.modelTopologyType!=="JSON")throw new Error("BrowserLocalStorage does not support loading non-JSON model topology yet.");let t={},n=JSON.parse(this.LS.getItem(this.keys.topology));if(n==null)throw new Error(`In local storage, the topology of model '${this.modelPath}' is missing.`);t.modelTopology=n;let o=JSON.parse(this.LS.getItem(this.keys.weightSpecs));if(o==null)throw new Error(`In local storage, the weight specs of model '${this.modelPath}' are missing.`);t.weightSpecs=o;let s=this.LS.getItem(this.keys.modelMetadata);if(s!=null){let i=JSON.parse(s);t.format=i.format,t.generatedBy=i.generatedBy,t.convertedBy=i.convertedBy,i.signature!=null&&(t.signature=i.signature),i.userDefinedMetadata!=null&&(t.userDefinedMetadata=i.userDefinedMetadata),i.modelInitializer!=null&&(t.modelInitializer=i.modelInitializer),i.initializerSignature!=null&&(t.initializerSignature=i.initializerSignature),i.trainingConfig!=null&&(t.trainingConfig=i.trainingConfig)}let a=this.LS.getItem(this.keys.weightData);if(a==null)throw new Error(`In local storage, the binary weight values of model '${this.modelPath}' are missing.`);return t.weightData=jh(a),t}};rr.URL_SCHEME="localstorage://";var sg=r=>_().getBool("IS_BROWSER")&&!Array.isArray(r)&&r.startsWith(rr.URL_SCHEME)?sk(r.slice(rr.URL_SCHEME.length)):null;Ue.registerSaveRouter(sg);Ue.registerLoadRouter(sg);function sk(r){return new rr(r)}var lu=class{constructor(){T(_().getBool("IS_BROWSER"),()=>"Current environment is not a web browser"),T(typeof window>"u"||typeof window.localStorage<"u",()=>"Current browser does not appear to support localStorage"),this.LS=window.localStorage}async listModels(){let e={},t=Vs+gr,n=gr+rg;for(let o=0;o<this.LS.length;++o){let s=this.LS.key(o);if(s.startsWith(t)&&s.endsWith(n)){let a=nk(s);e[a]=JSON.parse(this.LS.getItem(s))}}return e}async removeModel(e){e=ok(e);let t=ng(e);if(this.LS.getItem(t.info)==null)throw new Error(`Cannot find model at path '${e}'`);let n=JSON.parse(this.LS.getItem(t.info));return og(t),n}};var Gs="://",zt=class r{constructor(){this.managers={}}static getInstance(){return r.instance==null&&(r.instance=new r),r.instance}static registerManager(e,t){T(e!=null,()=>"scheme must not be undefined or null."),e.endsWith(Gs)&&(e=e.slice(0,e.indexOf(Gs))),T(e.length>0,()=>"scheme must not be an empty string.");let n=r.getInstance();T(n.managers[e]==null,()=>`A model store manager is already registered for scheme '${e}'.`),n.managers[e]=t}static getManager(e){let t=r.getInstance().managers[e];if(t==null)throw new Error(`Cannot find model manager for scheme '${e}'`);return t}static getSchemes(){return Object.keys(r.getInstance().managers)}};function pu(r){if(r.indexOf(Gs)===-1)throw new Error(`The url string provided does not contain a scheme. Supported schemes are: ${zt.getSchemes().join(",")}`);return{scheme:r.split(Gs)[0],path:r.split(Gs)[1]}}async function ag(r,e,t=!1){T(r!==e,()=>`Old path and new path are the same: '${r}'`);let n=Ue.getLoadHandlers(r);T(n.length>0,()=>`Copying failed because no load handler is found for source URL ${r}.`),T(n.length<2,()=>`Copying failed because more than one (${n.length}) load handlers for source URL ${r}.`);let o=n[0],s=Ue.getSaveHandlers(e);T(s.length>0,()=>`Copying failed because no save handler is found for destination URL ${e}.`),T(s.length<2,()=>`Copying failed because more than one (${n.length}) save handlers for destination URL ${e}.`);let a=s[0],i=pu(r).scheme,u=pu(r).path,l=i===pu(r).scheme,p=await o.load();t&&l&&await zt.getManager(i).removeModel(u);let c=await a.save(p);return t&&!l&&await zt.getManager(i).removeModel(u),c.modelArtifactsInfo}async function ig(){let r=zt.getSchemes(),e={};for(let t of r){let n=await zt.getManager(t).listModels();for(let o in n){let s=t+Gs+o;e[s]=n[o]}}return e}async function ug(r){let e=pu(r);return zt.getManager(e.scheme).removeModel(e.path)}async function lg(r,e){return ag(r,e,!1)}async function pg(r,e){return ag(r,e,!0)}var lc=class{constructor(){this.messageName="setTimeoutCustom",this.functionRefs=[],this.handledMessageCount=0,this.hasEventListener=!1}fetch(e,t){return fetch(e,t)}now(){return performance.now()}encode(e,t){if(t!=="utf-8"&&t!=="utf8")throw new Error(`Browser's encoder only supports utf-8, but got ${t}`);return this.textEncoder==null&&(this.textEncoder=new TextEncoder),this.textEncoder.encode(e)}decode(e,t){return new TextDecoder(t).decode(e)}setTimeoutCustom(e,t){if(typeof window>"u"||!_().getBool("USE_SETTIMEOUTCUSTOM")){setTimeout(e,t);return}this.functionRefs.push(e),setTimeout(()=>{window.postMessage({name:this.messageName,index:this.functionRefs.length-1},"*")},t),this.hasEventListener||(this.hasEventListener=!0,window.addEventListener("message",n=>{if(n.source===window&&n.data.name===this.messageName){n.stopPropagation();let o=this.functionRefs[n.data.index];o(),this.handledMessageCount++,this.handledMessageCount===this.functionRefs.length&&(this.functionRefs=[],this.handledMessageCount=0)}},!0))}isTypedArray(e){return ji(e)}};if(_().get("IS_BROWSER")){_().setPlatform("browser",new lc);try{zt.registerManager(rr.URL_SCHEME,new lu)}catch{}try{zt.registerManager(tr.URL_SCHEME,new uu)}catch{}}var ak={importFetch:()=>cg()},pc;var cc=class{constructor(){this.util=mg(),this.textEncoder=new this.util.TextEncoder}fetch(e,t){return _().global.fetch!=null?_().global.fetch(e,t):(pc==null&&(pc=ak.importFetch()),pc(e,t))}now(){let e=(void 0).hrtime();return e[0]*1e3+e[1]/1e6}encode(e,t){if(t!=="utf-8"&&t!=="utf8")throw new Error(`Node built-in encoder only supports utf-8, but got ${t}`);return this.textEncoder.encode(e)}decode(e,t){return e.length===0?"":new this.util.TextDecoder(t).decode(e)}isTypedArray(e){return this.util.types.isFloat32Array(e)||this.util.types.isInt32Array(e)||this.util.types.isUint8Array(e)||this.util.types.isUint8ClampedArray(e)}};_().get("IS_NODE")&&!_().get("IS_BROWSER")&&_().setPlatform("node",new cc);function ae(r,e="float32",t){return e=e||"float32",Ze(r),new Zt(r,e,t)}function ik(r,e){let t=N(r,"x","cast");if(!Rp(e))throw new Error(`Failed to cast to unknown dtype ${e}`);if(e==="string"&&t.dtype!=="string"||e!=="string"&&t.dtype==="string")throw new Error("Only strings can be casted to strings");let n={x:t},o={dtype:e};return I.runKernel(lr,n,o)}var de=S({cast_:ik});function uk(r){let t={x:N(r,"x","clone","string_or_numeric")};return I.runKernel(pr,t)}var Tt=S({clone_:uk});function fg(r,e=!1){console.log(r.toString(e))}Jp();var lk={buffer:ae,cast:de,clone:Tt,print:fg};Ph(lk);function pk(r,e){let t=N(r,"a","add"),n=N(e,"b","add");[t,n]=Q(t,n);let o={a:t,b:n};return I.runKernel("Add",o)}var X=S({add_:pk});function ck(r,e){let t=N(r,"a","floorDiv"),n=N(e,"b","floorDiv");[t,n]=Q(t,n);let o={a:t,b:n};return I.runKernel(Pr,o)}var Ma=S({floorDiv_:ck});function mk(r,e){let t=N(r,"a","div"),n=N(e,"b","div");if([t,n]=Q(t,n),t.dtype==="int32"&&n.dtype==="int32")return Ma(t,n);let o={a:t,b:n},s={};return I.runKernel(rs,o,s)}var me=S({div_:mk});function fk(r,e){let t=N(r,"a","mul"),n=N(e,"b","mul");[t,n]=Q(t,n);let o={a:t,b:n};return I.runKernel(Wr,o)}var W=S({mul_:fk});function dk(r){let e=N(r,"x","abs");if(e.dtype==="complex64"){let t={x:e};return I.runKernel(Wi,t)}else{let t={x:e};return I.runKernel("Abs",t)}}var wt=S({abs_:dk});function hk(r){let t={x:N(r,"x","acos")};return I.runKernel(Go,t)}var mc=S({acos_:hk});function gk(r){let t={x:N(r,"x","acosh")};return I.runKernel(Wo,t)}var fc=S({acosh_:gk});function xk(r){T(Array.isArray(r),()=>"The argument passed to tf.addN() must be a list of tensors"),T(r.length>=1,()=>`Must pass at least one tensor to tf.addN(), but got ${r.length}`);let e=r.map((o,s)=>N(o,`tensors${s}`,"addN")),t=e[0];e.forEach(o=>{if(o.dtype!==t.dtype)throw new Error("All tensors passed to tf.addN() must have the same dtype")}),e.forEach(o=>{if(!Yt(o.shape,t.shape))throw new Error("All tensors passed to tf.addN() must have the same shape")});let n=e;return I.runKernel(Sn,n)}var dc=S({addN_:xk});function yk(r,e=null,t=!1){let o={x:N(r,"x","all","bool")},s={axis:e,keepDims:t};return I.runKernel("All",o,s)}var hc=S({all_:yk});function bk(r,e=null,t=!1){let o={x:N(r,"x","any","bool")},s={axis:e,keepDims:t};return I.runKernel("Any",o,s)}var gc=S({any_:bk});function wk(r,e=0){let n={x:N(r,"x","argMax")},o={axis:e};return I.runKernel(zo,n,o)}var xc=S({argMax_:wk});function Nk(r,e=0){let n={x:N(r,"x","argMin")},o={axis:e};return I.runKernel(Ko,n,o)}var yc=S({argMin_:Nk});function Ik(r){let t={x:N(r,"x","asin")};return I.runKernel(Ho,t)}var bc=S({asin_:Ik});function Ck(r){let t={x:N(r,"x","asinh")};return I.runKernel(qo,t)}var wc=S({asinh_:Ck});function vk(r){let t={x:N(r,"x","atan")};return I.runKernel(jo,t)}var Nc=S({atan_:vk});function Sk(r,e){let t=N(r,"a","atan2"),n=N(e,"b","atan2");[t,n]=Q(t,n);let o={a:t,b:n};return I.runKernel(Yo,o)}var Ic=S({atan2_:Sk});function Tk(r){let t={x:N(r,"x","atanh")};return I.runKernel(Xo,t)}var Cc=S({atanh_:Tk});function Ek(r,e,t,n,o="NHWC",s){let a=r[3],i=[...e,a],u=hg(o);return co(r,i,t,s,n,null,null,u)}function _k(r,e,t,n,o,s,a="channelsLast"){let[i,u]=Ga(e),l;if(a==="channelsLast")l=[i,u,r[3],r[3]];else if(a==="channelsFirst")l=[i,u,r[1],r[1]];else throw new Error(`Unknown dataFormat ${a}`);return co(r,l,t,n,o,s,!1,a)}function kk(r,e,t,n,o,s,a="NDHWC"){let[i,u,l]=vc(e),p,c;if(a==="NDHWC")c="channelsLast",p=[i,u,l,r[4],r[4]];else if(a==="NCDHW")c="channelsFirst",p=[i,u,l,r[1],r[1]];else throw new Error(`Unknown dataFormat ${a}`);return dg(r,p,t,n,o,!1,c,s)}function co(r,e,t,n,o,s,a=!1,i="channelsLast"){let[u,l,p,c]=[-1,-1,-1,-1];if(i==="channelsLast")[u,l,p,c]=r;else if(i==="channelsFirst")[u,c,l,p]=r;else throw new Error(`Unknown dataFormat ${i}`);let[m,f,,d]=e,[g,h]=Ga(t),[x,b]=Ga(n),C=zs(m,x),E=zs(f,b),{padInfo:k,outHeight:A,outWidth:R}=Rk(o,l,p,g,h,C,E,s,i),F=a?d*c:d,D;return i==="channelsFirst"?D=[u,F,A,R]:i==="channelsLast"&&(D=[u,A,R,F]),{batchSize:u,dataFormat:i,inHeight:l,inWidth:p,inChannels:c,outHeight:A,outWidth:R,outChannels:F,padInfo:k,strideHeight:g,strideWidth:h,filterHeight:m,filterWidth:f,effectiveFilterHeight:C,effectiveFilterWidth:E,dilationHeight:x,dilationWidth:b,inShape:r,outShape:D,filterShape:e}}function dg(r,e,t,n,o,s=!1,a="channelsLast",i){let[u,l,p,c,m]=[-1,-1,-1,-1,-1];if(a==="channelsLast")[u,l,p,c,m]=r;else if(a==="channelsFirst")[u,m,l,p,c]=r;else throw new Error(`Unknown dataFormat ${a}`);let[f,d,g,,h]=e,[x,b,C]=vc(t),[E,k,A]=vc(n),R=zs(f,E),F=zs(d,k),D=zs(g,A),{padInfo:L,outDepth:z,outHeight:j,outWidth:te}=Fk(o,l,p,c,x,b,C,R,F,D,i),pe=s?h*m:h,ce;return a==="channelsFirst"?ce=[u,pe,z,j,te]:a==="channelsLast"&&(ce=[u,z,j,te,pe]),{batchSize:u,dataFormat:a,inDepth:l,inHeight:p,inWidth:c,inChannels:m,outDepth:z,outHeight:j,outWidth:te,outChannels:pe,padInfo:L,strideDepth:x,strideHeight:b,strideWidth:C,filterDepth:f,filterHeight:d,filterWidth:g,effectiveFilterDepth:R,effectiveFilterHeight:F,effectiveFilterWidth:D,dilationDepth:E,dilationHeight:k,dilationWidth:A,inShape:r,outShape:ce,filterShape:e}}function Ak(r,e,t,n,o){n==null&&(n=Sc(r,e,t));let s=r[0],a=r[1],i=Wa((s-e+2*n)/t+1,o),u=Wa((a-e+2*n)/t+1,o);return[i,u]}function $k(r,e,t,n,o,s){o==null&&(o=Sc(r,e[0],n[0]));let a=[0,0,0,t];for(let i=0;i<3;i++)r[i]+2*o>=e[i]&&(a[i]=Wa((r[i]-e[i]+2*o)/n[i]+1,s));return a}function Sc(r,e,t,n=1){let o=zs(e,n);return Math.floor((r[0]*(t-1)-t+o)/2)}function Ga(r){return typeof r=="number"?[r,r,r]:r.length===2?[r[0],r[1],1]:r}function vc(r){return typeof r=="number"?[r,r,r]:r}function zs(r,e){return e<=1?r:r+(r-1)*(e-1)}function Rk(r,e,t,n,o,s,a,i,u){let l,p,c;if(typeof r=="number"){l={top:r,bottom:r,left:r,right:r,type:r===0?"VALID":"NUMBER"};let f=Ak([e,t],s,n,r,i);p=f[0],c=f[1]}else if(r==="same"){p=Math.ceil(e/n),c=Math.ceil(t/o);let m=Math.max(0,(p-1)*n+s-e),f=Math.max(0,(c-1)*o+a-t),d=Math.floor(m/2),g=m-d,h=Math.floor(f/2),x=f-h;l={top:d,bottom:g,left:h,right:x,type:"SAME"}}else if(r==="valid")l={top:0,bottom:0,left:0,right:0,type:"VALID"},p=Math.ceil((e-s+1)/n),c=Math.ceil((t-a+1)/o);else if(typeof r=="object"){let m=u==="channelsLast"?r[1][0]:r[2][0],f=u==="channelsLast"?r[1][1]:r[2][1],d=u==="channelsLast"?r[2][0]:r[3][0],g=u==="channelsLast"?r[2][1]:r[3][1];l={top:m,bottom:f,left:d,right:g,type:m===0&&f===0&&d===0&&g===0?"VALID":"EXPLICIT"},p=Wa((e-s+m+f)/n+1,i),c=Wa((t-a+d+g)/o+1,i)}else throw Error(`Unknown padding parameter: ${r}`);return{padInfo:l,outHeight:p,outWidth:c}}function Fk(r,e,t,n,o,s,a,i,u,l,p){let c,m,f,d;if(r==="valid"&&(r=0),typeof r=="number"){c={top:r,bottom:r,left:r,right:r,front:r,back:r,type:r===0?"VALID":"NUMBER"};let h=$k([e,t,n,1],[i,u,l],1,[o,s,a],r,p);m=h[0],f=h[1],d=h[2]}else if(r==="same"){m=Math.ceil(e/o),f=Math.ceil(t/s),d=Math.ceil(n/a);let g=(m-1)*o+i-e,h=(f-1)*s+u-t,x=(d-1)*a+l-n,b=Math.floor(g/2),C=g-b,E=Math.floor(h/2),k=h-E,A=Math.floor(x/2),R=x-A;c={top:E,bottom:k,left:A,right:R,front:b,back:C,type:"SAME"}}else throw Error(`Unknown padding parameter: ${r}`);return{padInfo:c,outDepth:m,outHeight:f,outWidth:d}}function Wa(r,e){if(!e)return Math.trunc(r);switch(e){case"round":return Math.round(r);case"ceil":return Math.ceil(r);case"floor":return Math.floor(r);default:throw new Error(`Unknown roundingMode ${e}`)}}function po(r){let[e,t,n]=Ga(r);return e===1&&t===1&&n===1}function pt(r,e){return po(r)||po(e)}function nr(r){return Ga(r).every(e=>e>0)}function hg(r){if(r==="NHWC")return"channelsLast";if(r==="NCHW")return"channelsFirst";throw new Error(`Unknown dataFormat ${r}`)}function ke(r,e,t){if(t!=null){if(typeof e=="string")throw Error(`Error in ${r}: pad must be an integer when using dimRoundingMode ${t} but got pad ${e}.`);if(typeof e=="number")T(In(e),()=>`Error in ${r}: pad must be an integer when using dimRoundingMode ${t} but got pad ${e}.`);else if(typeof e=="object")e.forEach(n=>{n.forEach(o=>{T(In(o),()=>`Error in ${r}: pad must be an integer when using dimRoundingMode ${t} but got pad ${o}.`)})});else throw Error(`Error in ${r}: Unknown padding parameter: ${e}`)}}function Dk(r,e){let n={x:N(r,"x","reshape","string_or_numeric")},o={shape:e};return I.runKernel(ws,n,o)}var P=S({reshape_:Dk});function Ok(r,e,t,n,o){let s=N(r,"x","avgPool","float32"),a=1;T(pt(t,a),()=>`Error in avgPool: Either strides or dilations must be 1. Got strides ${t} and dilations '${a}'`);let i=s,u=!1;s.rank===3&&(u=!0,i=P(s,[1,s.shape[0],s.shape[1],s.shape[2]])),T(i.rank===4,()=>`Error in avgPool: x must be rank 4 but got rank ${i.rank}.`),ke("avgPool",n,o);let l={x:i},p={filterSize:e,strides:t,pad:n,dimRoundingMode:o},c=I.runKernel(Tn,l,p);return c=de(c,s.dtype),u?P(c,[c.shape[1],c.shape[2],c.shape[3]]):c}var Tc=S({avgPool_:Ok});function Pk(r,e,t,n,o,s="NDHWC"){let a=N(r,"x","avgPool3d","float32"),i=a,u=!1;a.rank===4&&(u=!0,i=P(a,[1,a.shape[0],a.shape[1],a.shape[2],a.shape[3]])),T(i.rank===5,()=>`Error in avgPool3d: x must be rank 5 but got rank ${i.rank}.`),T(s==="NDHWC",()=>`Error in avgPool3d: Only NDHWC is currently supported, but got dataFormat of ${s}`),T(typeof t=="number"&&t>0||Array.isArray(t)&&t[0]>0&&t[1]>0&&t[2]>0,()=>`Error in avgPool3d: Stride must be > 0, but got '${t}'`),ke("avgPool3d",n,o);let l={x:i},p={filterSize:e,strides:t,pad:n,dimRoundingMode:o,dataFormat:s},c=I.runKernel(Qo,l,p);return c=de(c,i.dtype),u?P(c,[c.shape[1],c.shape[2],c.shape[3],c.shape[4]]):c}var Ec=S({avgPool3d_:Pk});function Bk(r,e=0){T(r.length>=1,()=>"Pass at least one tensor to concat");let t=nu(r,"tensors","concat","string_or_numeric");if(t[0].dtype==="complex64"&&t.forEach(s=>{if(s.dtype!=="complex64")throw new Error(`Cannot concatenate complex64 tensors with a tensor
          with dtype ${s.dtype}. `)}),t.length===1)return Tt(t[0]);let n=t,o={axis:e};return I.runKernel(es,n,o)}var mo=S({concat_:Bk});function Lk(r,e,t=!1,n=!1){let o=N(r,"a","matMul"),s=N(e,"b","matMul");[o,s]=Q(o,s);let a={a:o,b:s},i={transposeA:t,transposeB:n};return I.runKernel(En,a,i)}var Ae=S({matMul_:Lk});function Mk(r){let t={x:N(r,"x","sigmoid","float32")};return I.runKernel(qr,t)}var za=S({sigmoid_:Mk});function Uk(r,e,t){let n=N(r,"x","slice","string_or_numeric");if(n.rank===0)throw new Error("Slicing scalar is not possible");let o={x:n},s={begin:e,size:t};return I.runKernel(Zn,o,s)}var rt=S({slice_:Uk});function Vk(r){let t={x:N(r,"x","tanh","float32")};return I.runKernel(As,t)}var _c=S({tanh_:Vk});function Gk(r,e,t){let n=N(r,"x","batchToSpaceND"),o=e.reduce((i,u)=>i*u);T(n.rank>=1+e.length,()=>`input rank is ${n.rank} but should be > than blockShape.length ${e.length}`),T(t.length===e.length,()=>`crops.length is ${t.length} but should be equal to blockShape.length  ${e.length}`),T(n.shape[0]%o===0,()=>`input tensor batch is ${n.shape[0]} but is not divisible by the product of the elements of blockShape ${e.join(" * ")} === ${o}`);let s={x:n},a={blockShape:e,crops:t};return I.runKernel(Zo,s,a)}var kc=S({batchToSpaceND_:Gk});function gg(r){let e;return r.rank===0||r.rank===1?e=P(r,[1,1,1,r.size]):r.rank===2?e=P(r,[1,1,r.shape[0],r.shape[1]]):r.rank===3?e=P(r,[1,r.shape[0],r.shape[1],r.shape[2]]):e=r,e}function Wk(r,e,t,n,o,s){s==null&&(s=.001);let a=N(r,"x","batchNorm"),i=N(e,"mean","batchNorm"),u=N(t,"variance","batchNorm"),l;o!=null&&(l=N(o,"scale","batchNorm"));let p;n!=null&&(p=N(n,"offset","batchNorm")),T(i.rank===u.rank,()=>"Batch normalization gradient requires mean and variance to have equal ranks."),T(p==null||i.rank===p.rank,()=>"Batch normalization gradient requires mean and offset to have equal ranks."),T(l==null||i.rank===l.rank,()=>"Batch normalization gradient requires mean and scale to have equal ranks.");let m={x:gg(a),scale:l,offset:p,mean:i,variance:u},f={varianceEpsilon:s},d=I.runKernel(Bn,m,f);return P(d,a.shape)}var Ac=S({batchNorm_:Wk});function zk(r,e,t){let n=N(r,"x","bincount"),o=N(e,"weights","bincount");T(n.dtype==="int32",()=>`Error in bincount: input dtype must be int32, but got ${n.dtype}`),T(t>=0,()=>`size must be non-negative, but got ${t}.`),T(o.size===n.size||o.size===0,()=>`Error in bincount: weights must have the same size as input or0-length, but got input shape: ${n.shape}, weights shape: ${o.shape}.`);let s={x:n,weights:o},a={size:t};return I.runKernel(th,s,a)}var xg=S({bincount_:zk});function Kk(r,e){let t=N(r,"x","bitwiseAnd"),n=N(e,"y","bitwiseAnd");if(!Yt(t.shape,n.shape))throw new Error(`BitwiseAnd: Tensors must have the same shape. x: ${t.shape}, y: ${n.shape}`);if(t.dtype!=="int32"||n.dtype!=="int32")throw new Error(`BitwiseAnd: Only supports 'int32' values in tensor, found type of x: ${t.dtype} and type of y: ${n.dtype}`);let o={a:t,b:n};return I.runKernel($r,o)}var $c=S({bitwiseAnd_:Kk});function Hk(r,e){let t=N(r,"s0","broadcastArgs","int32"),n=N(e,"s1","broadcastArgs","int32");if(t.rank!==1)throw new Error(`broadcastArgs(): first input must be a vector (rank=1). Has rank ${t.rank}`);if(n.rank!==1)throw new Error(`broadcastArgs(): second input must be a vector (rank=1). Has rank ${n.rank}`);let o={s0:t,s1:n};return I.runKernel(Jo,o)}var Rc=S({broadcastArgs_:Hk});function qk(r,e){let t=N(r,"broadcastTo","x"),n=t.shape;if(Ze(e),e.length<t.rank)throw new Error(`broadcastTo(): shape.length=${e.length} < input.rank=${t.rank}.`);if(e.length>t.rank){let l=t.shape.slice();for(;l.length<e.length;)l.unshift(1);t=P(t,l)}let o=t.shape,s=Array.from(e);for(let l=e.length-1;l>=0;l--)if(o[l]===e[l])s[l]=1;else if(t.shape[l]!==1)throw new Error(`broadcastTo(): [${n}] cannot be broadcast to [${e}].`);if(s.map((l,p)=>l>1?p:-1).filter(l=>l>=0).length===0)return Tt(t);let i={x:t},u={reps:s};return I.runKernel(cr,i,u)}var yr=S({broadcastTo_:qk});function jk(r){let t={x:N(r,"x","ceil","float32")};return I.runKernel(Rr,t)}var Fc=S({ceil_:jk});function br(r,e,t){Ze(r),t=t||Ar(e);let n={shape:r,value:e,dtype:t};return I.runKernel(os,{},n)}function Xk(r,e,t){let n=N(r,"x","clipByValue");if(T(e<=t,()=>`Error in clip: min (${e}) must be less than or equal to max (${t}).`),e===t)return br(n.shape,e,n.dtype);let o={x:n},s={clipValueMin:e,clipValueMax:t};return I.runKernel(_n,o,s)}var Dc=S({clipByValue_:Xk});function Yk(r,e,t,n,o="NHWC",s=[1,1],a){let i=N(r,"x","conv2d","float32"),u=N(e,"filter","conv2d","float32"),l=i,p=!1;i.rank===3&&(p=!0,l=P(i,[1,i.shape[0],i.shape[1],i.shape[2]])),T(l.rank===4,()=>`Error in conv2d: input must be rank 4, but got rank ${l.rank}.`),T(u.rank===4,()=>`Error in conv2d: filter must be rank 4, but got rank ${u.rank}.`),ke("conv2d",n,a);let c=o==="NHWC"?l.shape[3]:l.shape[1];T(c===u.shape[2],()=>`Error in conv2d: depth of input (${c}) must match input depth for filter ${u.shape[2]}.`),T(pt(t,s),()=>`Error in conv2D: Either strides or dilations must be 1. Got strides ${t} and dilations '${s}'`),T(nr(s),()=>"Error in conv2D: Dilated rates should be larger than 0."),T(nr(t),()=>"Error in conv2D: Strides should be larger than 0.");let m={x:l,filter:u},f={strides:t,pad:n,dataFormat:o,dilations:s,dimRoundingMode:a},d=I.runKernel(kn,m,f);return p?P(d,[d.shape[1],d.shape[2],d.shape[3]]):d}var fo=S({conv2d_:Yk});function Qk(r,e,t,n,o="NWC",s=1,a){let i=N(r,"x","conv1d"),u=N(e,"filter","conv1d"),l=i,p=!1;i.rank===2&&(p=!0,l=P(i,[1,i.shape[0],i.shape[1]])),T(l.rank===3,()=>`Error in conv1d: input must be rank 3, but got rank ${l.rank}.`),T(u.rank===3,()=>`Error in conv1d: filter must be rank 3, but got rank ${u.rank}.`),ke("conv1d",n,a),T(l.shape[2]===u.shape[1],()=>`Error in conv1d: depth of input (${l.shape[2]}) must match input depth for filter ${u.shape[1]}.`),T(pt(t,s),()=>`Error in conv1D: Either stride or dilation must be 1. Got stride ${t} and dilation '${s}'`),T(nr(s),()=>"Error in conv1D: Dilated rates should be larger than 0."),T(nr(t),()=>"Error in conv1D: Stride should be larger than 0."),T(o==="NWC",()=>`Error in conv1d: got dataFormat of ${o} but only NWC is currently supported.`);let c=P(u,[1,u.shape[0],u.shape[1],u.shape[2]]),m=P(l,[l.shape[0],1,l.shape[1],l.shape[2]]),h=fo(m,c,[1,t],n,"NHWC",[1,s],a);return p?P(h,[h.shape[2],h.shape[3]]):P(h,[h.shape[0],h.shape[2],h.shape[3]])}var Oc=S({conv1d_:Qk});function Zk(r,e,t,n,o,s="NHWC",a){T(r.length===e.rank,()=>`Length of inShape (${r.length}) and rank of dy (${e.rank}) must match`);let i=r,u=e,l=!1;e.rank===3&&(l=!0,u=P(e,[1,e.shape[0],e.shape[1],e.shape[2]]),i=[1,r[0],r[1],r[2]]),T(i.length===4,()=>`Error in conv2dDerInput: inShape must be length 4, but got length ${i.length}.`),T(u.rank===4,()=>`Error in conv2dDerInput: dy must be rank 4, but got rank ${u.rank}`),T(t.rank===4,()=>`Error in conv2dDerInput: filter must be rank 4, but got rank ${t.rank}`);let p=s==="NHWC"?i[3]:i[1],c=s==="NHWC"?u.shape[3]:u.shape[1];T(p===t.shape[2],()=>`Error in conv2dDerInput: depth of input (${p}) must match input depth for filter ${t.shape[2]}.`),T(c===t.shape[3],()=>`Error in conv2dDerInput: depth of output (${c}) must match output depth for filter ${t.shape[3]}.`),ke("conv2dDerInput",o,a);let m={dy:u,filter:t},f={strides:n,pad:o,dataFormat:s,dimRoundingMode:a,inputShape:i},d=I.runKernel(nh,m,f);return l?P(d,[d.shape[1],d.shape[2],d.shape[3]]):d}var cu=S({conv2DBackpropInput_:Zk});function Jk(r,e,t,n,o,s){let a=N(r,"x","conv2dTranspose"),i=N(e,"filter","conv2dTranspose");return cu(t,a,i,n,o,"NHWC",s)}var Pc=S({conv2dTranspose_:Jk});function eA(r,e,t,n,o="NDHWC",s=[1,1,1]){let a=N(r,"x","conv3d"),i=N(e,"filter","conv3d"),u=a,l=!1;a.rank===4&&(l=!0,u=P(a,[1,a.shape[0],a.shape[1],a.shape[2],a.shape[3]])),T(u.rank===5,()=>`Error in conv3d: input must be rank 5, but got rank ${u.rank}.`),T(i.rank===5,()=>`Error in conv3d: filter must be rank 5, but got rank ${i.rank}.`),T(u.shape[4]===i.shape[3],()=>`Error in conv3d: depth of input (${u.shape[4]}) must match input depth for filter ${i.shape[3]}.`),T(pt(t,s),()=>`Error in conv3D: Either strides or dilations must be 1. Got strides ${t} and dilations '${s}'`),T(o==="NDHWC",()=>`Error in conv3d: got dataFormat of ${o} but only NDHWC is currently supported.`),T(nr(s),()=>"Error in conv3D: Dilated rates should be larger than 0."),T(nr(t),()=>"Error in conv3D: Strides should be larger than 0.");let p={x:u,filter:i},c={strides:t,pad:n,dataFormat:o,dilations:s},m=I.runKernel(An,p,c);return l?P(m,[m.shape[1],m.shape[2],m.shape[3],m.shape[4]]):m}var Bc=S({conv3d_:eA});function tA(r){let t={x:N(r,"x","cos","float32")};return I.runKernel("Cos",t)}var Lc=S({cos_:tA});function rA(r){let t={x:N(r,"x","cosh","float32")};return I.runKernel(ts,t)}var Mc=S({cosh_:rA});function nA(r,e=0,t=!1,n=!1){let s={x:N(r,"x","cumprod")},a={axis:e,exclusive:t,reverse:n};return I.runKernel($n,s,a)}var Uc=S({cumprod_:nA});function oA(r,e=0,t=!1,n=!1){let s={x:N(r,"x","cumsum")},a={axis:e,exclusive:t,reverse:n};return I.runKernel(Rn,s,a)}var Vc=S({cumsum_:oA});function sA(r,e,t="NHWC"){let n=N(r,"x","depthToSpace","float32"),o=t==="NHWC"?n.shape[1]:n.shape[2],s=t==="NHWC"?n.shape[2]:n.shape[3],a=t==="NHWC"?n.shape[3]:n.shape[1];T(e>1,()=>`blockSize should be > 1 for depthToSpace, but was: ${e}`),T(o*e>=0,()=>`Negative dimension size caused by overflow when multiplying
    ${o} and ${e}  for depthToSpace with input shape
    ${n.shape}`),T(s*e>=0,()=>`Negative dimension size caused by overflow when multiplying
    ${s} and ${e} for depthToSpace with input shape
        ${n.shape}`),T(a%(e*e)===0,()=>`Dimension size must be evenly divisible by ${e*e} but is ${a} for depthToSpace with input shape ${n.shape}`);let i={x:n},u={blockSize:e,dataFormat:t};return I.runKernel(Dn,i,u)}var Gc=S({depthToSpace_:sA});function aA(r,e,t,n,o="NHWC",s=[1,1],a){let i=N(r,"x","depthwiseConv2d","float32"),u=N(e,"filter","depthwiseConv2d","float32"),l=i,p=!1;i.rank===3&&(p=!0,l=P(i,[1,i.shape[0],i.shape[1],i.shape[2]])),T(l.rank===4,()=>`Error in depthwiseConv2d: input must be rank 4, but got rank ${l.rank}.`),T(u.rank===4,()=>`Error in depthwiseConv2d: filter must be rank 4, but got rank ${u.rank}.`);let c=o==="NHWC"?l.shape[3]:l.shape[1];T(c===u.shape[2],()=>`Error in depthwiseConv2d: number of input channels (${c}) must match the inChannels dimension in filter ${u.shape[2]}.`),ke("depthwiseConv2d",n,a);let m={x:l,filter:u},f={strides:t,pad:n,dataFormat:o,dilations:s,dimRoundingMode:a},d=I.runKernel(On,m,f);return p?P(d,[d.shape[1],d.shape[2],d.shape[3]]):d}var Ka=S({depthwiseConv2d_:aA});function iA(r,e,t,n,o=[1,1],s="NHWC"){let a=N(r,"x","dilation2d"),i=N(e,"filter","dilation2d");T(a.rank===3||a.rank===4,()=>`Error in dilation2d: input must be rank 3 or 4, but got rank ${a.rank}.`),T(i.rank===3,()=>`Error in dilation2d: filter must be rank 3, but got rank ${i.rank}.`),T(s==="NHWC",()=>`Error in dilation2d: Only NHWC is currently supported, but got dataFormat of ${s}`);let u=a,l=!1;a.rank===3&&(u=P(a,[1,a.shape[0],a.shape[1],a.shape[2]]),l=!0),T(u.shape[3]===i.shape[2],()=>`Error in dilation2d:  input and filter must have the same depth: ${u.shape[3]} vs ${i.shape[2]}`);let p={x:u,filter:i},c={strides:t,pad:n,dilations:o},m=I.runKernel(Pn,p,c);return l?P(m,[m.shape[1],m.shape[2],m.shape[3]]):m}var Wc=S({dilation2d_:iA});var Dt={};ue(Dt,{assertAndGetBroadcastShape:()=>se,getBroadcastDims:()=>yg,getReductionAxes:()=>fu});function yg(r,e){let t=r.length,n=[];for(let o=0;o<t;o++){let s=t-1-o,a=r[s]||1;(e[e.length-1-o]||1)>1&&a===1&&n.unshift(s)}return n}function fu(r,e){let t=[];for(let n=0;n<e.length;n++){let o=r[r.length-n-1],s=e.length-n-1,a=e[s];(o==null||o===1&&a>1)&&t.unshift(s)}return t}function se(r,e){let t=Math.max(r.length,e.length),n=new Array(t);for(let o=0;o<t;o++){let s=r[r.length-o-1];s==null&&(s=1);let a=e[e.length-o-1];if(a==null&&(a=1),s===1)n[t-o-1]=a;else if(a===1)n[t-o-1]=s;else if(s!==a){let i=`Operands could not be broadcast together with shapes ${r} and ${e}.`;throw Error(i)}else n[t-o-1]=s}return n}function uA(r,e){let t=N(r,"a","equal","string_or_numeric"),n=N(e,"b","equal","string_or_numeric");[t,n]=Q(t,n),se(t.shape,n.shape);let o={a:t,b:n};return I.runKernel(Fr,o)}var Ha=S({equal_:uA});function lA(r,e,t){let n=N(e,"a","where"),o=N(t,"b","where"),s=N(r,"condition","where","bool"),a=se(se(s.shape,n.shape),o.shape),i=yr(s,a),u=yr(n,a),l=yr(o,a),p={condition:i,t:u,e:l};return I.runKernel(Cs,p)}var Nt=S({where_:lA});function pA(r){let t={x:N(r,"x","zerosLike")};return I.runKernel(Rs,t)}var Ve=S({zerosLike_:pA});function cA(r,e){let t=N(r,"a","div"),n=N(e,"b","div");[t,n]=Q(t,n);let o=me(t,n),s=Ve(o),a=Ha(n,s);return Nt(a,s,o)}var zc=S({divNoNan_:cA});function mA(r,...e){let t=e.map((o,s)=>N(o,`tensors${s}`,"einsum")),n={equation:r};return I.runKernel(ah,t,n)}var Ks=S({einsum_:mA});function fA(r){let t={x:N(r,"x","elu","float32")};return I.runKernel("Elu",t)}var qa=S({elu_:fA});function dA(r,e){let t=N(r,"x","ensureShape","string_or_numeric");if(!kp(t.shape,e))throw new Error(`EnsureShape: Shape of tensor ${t.shape} is not compatible with expected shape ${e}`);return r}var Kc=S({ensureShape_:dA});function hA(r){let e=N(r,"x","erf");T(e.dtype==="int32"||e.dtype==="float32",()=>"Input dtype must be `int32` or `float32`."),e.dtype==="int32"&&(e=de(e,"float32"));let t={x:e};return I.runKernel("Erf",t)}var Hc=S({erf_:hA});function qc(r,e){for(let t=0;t<r.length;++t)if(r[r.length-t-1]!==e-1-t)return!1;return!0}function bg(r,e,t){let n=r.length+e.length,o=[],s=0,a=0;for(let i=0;i<n;i++)t.indexOf(i)===-1?o.push(r[s++]):o.push(e[a++]);return o}function gA(r,e){let t=[],n=r.length;for(let s=0;s<n;s++)e.indexOf(s)===-1&&t.push(r[s]);let o=e.map(s=>r[s]);return[t,o]}function jc(r,e){let t=e.map(n=>1);return bg(r,t,e)}function xA(r,e,t){T(qc(e,t),()=>`${r} supports only inner-most axes for now. Got axes ${e} and rank-${t} input.`)}function yA(r,e){if(qc(r,e))return null;let t=[];for(let n=0;n<e;++n)r.indexOf(n)===-1&&t.push(n);return r.forEach(n=>t.push(n)),t}function bA(r){return r.map((e,t)=>[t,e]).sort((e,t)=>e[1]-t[1]).map(e=>e[0])}function wA(r,e){let t=[];for(let n=e-r;n<e;++n)t.push(n);return t}function IA(r,e=null,t=!1){let o={x:N(r,"x","max")},s={reductionIndices:e,keepDims:t};return I.runKernel("Max",o,s)}var wr=S({max_:IA});function CA(r,e=null,t=!1){let o={x:N(r,"x","min")},s={axis:e,keepDims:t};return I.runKernel("Min",o,s)}var Hs=S({min_:CA});function vA(r,e){let t=N(r,"base","pow"),n=N(e,"exp","pow");[t,n]=Q(t,n);let o={a:t,b:n};return I.runKernel("Pow",o)}var an=S({pow_:vA});function Be(r,e){if((Je(r)&&e!=="string"||Array.isArray(r))&&e!=="complex64")throw new Error("Error creating a new Scalar: value must be a primitive (number|boolean|string)");if(e==="string"&&Je(r)&&!(r instanceof Uint8Array))throw new Error("When making a scalar from encoded string, the value must be `Uint8Array`.");return nn(r,[],[],e)}function SA(r){let t={x:N(r,"x","sqrt","float32")};return I.runKernel(jr,t)}var nt=S({sqrt_:SA});function TA(r){let e=N(r,"x","square"),t={};return I.runKernel("Square",{x:e},t)}var ot=S({square_:TA});function EA(r,e=null,t=!1){let n=N(r,"x","sum");n.dtype==="bool"&&(n=de(n,"int32"));let o={x:n},s={axis:e,keepDims:t};return I.runKernel("Sum",o,s)}var Se=S({sum_:EA});function _A(r,e="euclidean",t=null,n=!1){r=N(r,"x","norm");let o=wg(r,e,t),s=o.shape;if(n){let a=Vi(t,r.shape);s=jc(o.shape,a)}return P(o,s)}function wg(r,e,t=null){if(r.rank===0)return wt(r);if(r.rank!==1&&t===null)return wg(P(r,[-1]),e,t);if(r.rank===1||typeof t=="number"||Array.isArray(t)&&t.length===1){if(e===1)return Se(wt(r),t);if(e===1/0)return wr(wt(r),t);if(e===-1/0)return Hs(wt(r),t);if(e==="euclidean"||e===2)return nt(Se(an(wt(r),Be(2,"int32")),t));throw new Error(`Error in norm: invalid ord value: ${e}`)}if(Array.isArray(t)&&t.length===2){if(e===1)return wr(Se(wt(r),t[0]),t[1]-1);if(e===1/0)return wr(Se(wt(r),t[1]),t[0]);if(e===-1/0)return Hs(Se(wt(r),t[1]),t[0]);if(e==="fro"||e==="euclidean")return nt(Se(ot(r),t));throw new Error(`Error in norm: invalid ord value: ${e}`)}throw new Error(`Error in norm: invalid axis: ${t}`)}var qs=S({norm_:_A});function kA(r,e=null,t=!1){return qs(r,"euclidean",e,t)}var Xc=S({euclideanNorm_:kA});function AA(r){let t={x:N(r,"x","exp")};return I.runKernel("Exp",t)}var Xs=S({exp_:AA});function $A(r,e=0){let t=N(r,"x","expandDims","string_or_numeric");T(e<=t.rank,()=>"Axis must be <= rank of the tensor");let n={input:t},o={dim:e};return I.runKernel(ns,n,o)}var Ot=S({expandDims_:$A});function RA(r){let t={x:N(r,"x","expm1")};return I.runKernel(Dr,t)}var Yc=S({expm1_:RA});function FA(r,e){let t=N(r,"x","tile","string_or_numeric");T(t.rank===e.length,()=>`Error in transpose: rank of input ${t.rank} must match length of reps ${e}.`);let n={x:t},o={reps:e};return I.runKernel(cr,n,o)}var Nr=S({tile_:FA});function DA(r,e,t,n="float32"){e==null&&(e=r);let o=ae([r,e],n),s=r<=e?r:e;for(let i=0;i<s;++i)o.set(1,i,i);let a=P(o.toTensor(),[r,e]);if(t==null)return a;if(t.length===1)return Nr(Ot(a,0),[t[0],1,1]);if(t.length===2)return Nr(Ot(Ot(a,0),0),[t[0],t[1],1,1]);if(t.length===3)return Nr(Ot(Ot(Ot(a,0),0),0),[t[0],t[1],t[2],1,1]);throw new Error(`eye() currently supports only 1D and 2D batchShapes, but received ${t.length}D.`)}var Ng=S({eye_:DA});function OA(r){let t={x:N(r,"x","floor","float32")};return I.runKernel(Or,t)}var Qc=S({floor_:OA});function PA(r,e,t=0,n=0){let o=N(r,"x","gather"),s=N(e,"indices","gather","int32"),a={x:o,indices:s},i={axis:t,batchDims:n};return I.runKernel(ss,a,i)}var Zc=S({gather_:PA});function BA(r,e){let t=N(r,"a","greater","string_or_numeric"),n=N(e,"b","greater","string_or_numeric");[t,n]=Q(t,n),se(t.shape,n.shape);let o={a:t,b:n};return I.runKernel(Br,o)}var un=S({greater_:BA});function LA(r,e){let t=N(r,"a","greaterEqual","string_or_numeric"),n=N(e,"b","greaterEqual","string_or_numeric");[t,n]=Q(t,n),se(t.shape,n.shape);let o={a:t,b:n};return I.runKernel(Lr,o)}var Qa=S({greaterEqual_:LA});function MA(r){let t={input:N(r,"input","imag")};return I.runKernel(zi,t)}var Ig=S({imag_:MA});function UA(r){let t={x:N(r,"x","isFinite")};return I.runKernel(as,t)}var Jc=S({isFinite_:UA});function VA(r){let t={x:N(r,"x","isInf")};return I.runKernel(is,t)}var em=S({isInf_:VA});function GA(r){let t={x:N(r,"x","isNaN")};return I.runKernel(us,t)}var tm=S({isNaN_:GA});function WA(r,e=.2){let n={x:N(r,"x","leakyRelu")},o={alpha:e};return I.runKernel(Mn,n,o)}var Za=S({leakyRelu_:WA});function zA(r,e){let t=N(r,"a","less","string_or_numeric"),n=N(e,"b","less","string_or_numeric");[t,n]=Q(t,n),se(t.shape,n.shape);let o={a:t,b:n};return I.runKernel(Mr,o)}var Ys=S({less_:zA});function KA(r,e){let t=N(r,"a","lessEqual","string_or_numeric"),n=N(e,"b","lessEqual","string_or_numeric");[t,n]=Q(t,n),se(t.shape,n.shape);let o={a:t,b:n};return I.runKernel(Ur,o)}var ho=S({lessEqual_:KA});function rm(r,e,t){if(t<=0)throw new Error("The number of values should be positive.");let n={start:r,stop:e,num:t};return I.runKernel(Un,{},n)}function HA(r,e=5,t=1,n=1,o=.5){let s=N(r,"x","localResponseNormalization");T(s.rank===4||s.rank===3,()=>`Error in localResponseNormalization: x must be rank 3 or 4 but got
               rank ${s.rank}.`),T(In(e),()=>`Error in localResponseNormalization: depthRadius must be an integer but got depthRadius ${e}.`);let a=s,i=!1;s.rank===3&&(i=!0,a=P(s,[1,s.shape[0],s.shape[1],s.shape[2]]));let u={x:a},l={depthRadius:e,bias:t,alpha:n,beta:o},p=I.runKernel("LRN",u,l);return i?P(p,[p.shape[1],p.shape[2],p.shape[3]]):p}var nm=S({localResponseNormalization_:HA});function qA(r){let t={x:N(r,"x","log","float32")};return I.runKernel("Log",t)}var ei=S({log_:qA});function jA(r){let t={x:N(r,"x","log1p")};return I.runKernel(ls,t)}var om=S({log1p_:jA});function Cg(r,e){T(Mo(r),()=>"The f passed in variableGrads(f) must be a function"),T(e==null||Array.isArray(e)&&e.every(l=>l instanceof dr),()=>"The varList passed in variableGrads(f, varList) must be an array of variables");let t=e!=null;if(!t){e=[];for(let l in I.registeredVariables)e.push(I.registeredVariables[l])}let n=t?e.filter(l=>!l.trainable):null,o=e.length;e=e.filter(l=>l.trainable),T(e.length>0,()=>`variableGrads() expects at least one of the input variables to be trainable, but none of the ${o} variables is trainable.`);let s=!0,{value:a,grads:i}=I.gradients(r,e,null,s);T(i.some(l=>l!=null),()=>"Cannot find a connection between any variable and the result of the loss function y=f(x). Please make sure the operations that use variables are inside the function f passed to minimize()."),T(a.rank===0,()=>`The f passed in variableGrads(f) must return a scalar, but it returned a rank-${a.rank} tensor`);let u={};return e.forEach((l,p)=>{i[p]!=null&&(u[l.name]=i[p])}),n?.forEach(l=>u[l.name]=null),{value:a,grads:u}}function Kt(r){return I.customGrad(r)}function XA(r){let t={x:N(r,"x","neg")};return I.runKernel("Neg",t)}var Ir=S({neg_:XA});function YA(r){let t={x:N(r,"x","softplus")};return I.runKernel(Es,t)}var sm=S({softplus_:YA});function QA(r,e){let t=N(r,"a","sub"),n=N(e,"b","sub");[t,n]=Q(t,n);let o={a:t,b:n};return I.runKernel("Sub",o)}var he=S({sub_:QA});function ZA(r,e=-1){let t=N(r,"logits","logSoftmax");if(e===-1&&(e=t.rank-1),e!==t.rank-1)throw Error(`Log Softmax along a non-last dimension is not yet supported. Logits was rank ${t.rank} and axis was ${e}`);return Kt((o,s)=>{let i=wr(o,e,!0),u=he(o,i),l=he(de(u,"float32"),ei(Se(Xs(u),e,!0)));return s([l]),{value:l,gradFunc:(c,m)=>{let[f]=m,d=!0,g=Xs(f);return he(c,W(Se(c,e,d),g))}}})(t)}var am=S({logSoftmax_:ZA});function JA(r,e){let t=N(r,"a","logicalAnd","bool"),n=N(e,"b","logicalAnd","bool");se(t.shape,n.shape);let o={a:t,b:n};return I.runKernel(ps,o)}var ri=S({logicalAnd_:JA});function e$(r){let t={x:N(r,"x","logicalNot","bool")};return I.runKernel(cs,t)}var im=S({logicalNot_:e$});function t$(r,e){let t=N(r,"a","logicalOr","bool"),n=N(e,"b","logicalOr","bool");se(t.shape,n.shape);let o={a:t,b:n};return I.runKernel(ms,o)}var um=S({logicalOr_:t$});function r$(r,e,t,n,o){let s=N(r,"x","maxPool"),a=1,i=s,u=!1;s.rank===3&&(u=!0,i=P(s,[1,s.shape[0],s.shape[1],s.shape[2]])),T(i.rank===4,()=>`Error in maxPool: input must be rank 4 but got rank ${i.rank}.`),T(pt(t,a),()=>`Error in maxPool: Either strides or dilations must be 1. Got strides ${t} and dilations '${a}'`),ke("maxPool",n,o);let l={x:i},p={filterSize:e,strides:t,pad:n,dimRoundingMode:o},c=I.runKernel(Vn,l,p);return u?P(c,[c.shape[1],c.shape[2],c.shape[3]]):c}var lm=S({maxPool_:r$});function n$(r,e=[1,1,1],t,n,o,s="NDHWC"){let a=N(r,"x","maxPool3d"),i=a,u=!1;a.rank===4&&(u=!0,i=P(a,[1,a.shape[0],a.shape[1],a.shape[2],a.shape[3]])),T(i.rank===5,()=>`Error in maxPool3d: x must be rank 5 but got rank ${i.rank}.`),T(s==="NDHWC",()=>`Error in maxPool3d: Only NDHWC is currently supported, but got dataFormat of ${s}`),ke("maxPool3d",n,o);let l={x:i},p={filterSize:e,strides:t,pad:n,dimRoundingMode:o,dataFormat:s},c=I.runKernel(fs,l,p);return u?P(c,[c.shape[1],c.shape[2],c.shape[3],c.shape[4]]):c}var pm=S({maxPool3d_:n$});function o$(r,e,t,n,o=!1){let a={x:N(r,"x","maxPoolWithArgmax")},i={filterSize:e,strides:t,pad:n,includeBatchInIndex:o},u=I.runKernel(ds,a,i);return{result:u[0],indexes:u[1]}}var cm=S({maxPoolWithArgmax_:o$});function s$(r,e){let t=N(r,"a","maximum"),n=N(e,"b","maximum");[t,n]=Q(t,n),t.dtype==="bool"&&(t=de(t,"int32"),n=de(n,"int32")),se(t.shape,n.shape);let o={a:t,b:n};return I.runKernel(Vr,o)}var ni=S({maximum_:s$});function a$(r,e=null,t=!1){let o={x:N(r,"x","mean")},s={axis:e,keepDims:t};return I.runKernel(Gn,o,s)}var mm=S({mean_:a$});function Ht(r,e="float32"){if(Ze(r),e==="complex64"){let n=Ht(r,"float32"),o=Ht(r,"float32");return rn(n,o)}let t=Vo(ne(r),e);return I.makeTensor(t,r,e)}function xu(r,e="float32"){if(Ze(r),e==="complex64"){let n=xu(r,"float32"),o=Ht(r,"float32");return rn(n,o)}let t=Ea(ne(r),e);return I.makeTensor(t,r,e)}function i$(r,e){let t=N(r,"a","minimum"),n=N(e,"b","minimum");[t,n]=Q(t,n),t.dtype==="bool"&&(t=de(t,"int32"),n=de(n,"int32")),se(t.shape,n.shape);let o={a:t,b:n};return I.runKernel(Gr,o)}var Js=S({minimum_:i$});function u$(r,e,t){T(t==="reflect"||t==="symmetric",()=>`Invalid mode. Mode must be either reflect or symmetric. Got ${t}.`);let n=N(r,"x","mirrorPad");if(n.rank===0)throw new Error("mirrorPad(scalar) is not defined. Pass non-scalar to mirrorPad");T(e.length===n.rank,()=>`Padding doesn't match input. Must be ${n.rank}. Got ${e.length}.`);let o=t==="reflect"?1:0;for(let i=0;i<n.rank;i++)T(e[i].length===2,()=>"Invalid number of paddings. Must be length of 2 each."),T(e[i][0]>=0&&e[i][0]<=n.shape[i]-o&&e[i][1]>=0&&e[i][1]<=n.shape[i]-o,()=>`Padding in dimension ${i} cannot be greater than or equal to ${n.shape[i]-o} or less than 0 for input of shape ${n.shape}`);let s={paddings:e,mode:t},a={x:n};return I.runKernel(Wn,a,s)}var fm=S({mirrorPad_:u$});function l$(r,e){let t=N(r,"a","mod"),n=N(e,"b","mod");[t,n]=Q(t,n);let o={a:t,b:n};return I.runKernel("Mod",o)}var dm=S({mod_:l$});function p$(r,e){let t=N(r,"a","notEqual","string_or_numeric"),n=N(e,"b","notEqual","string_or_numeric");[t,n]=Q(t,n),se(t.shape,n.shape);let o={a:t,b:n};return I.runKernel(zr,o)}var hm=S({notEqual_:p$});function c$(r,e,t=1,n=0,o="int32"){if(e<2)throw new Error(`Error in oneHot: depth must be >=2, but it is ${e}`);let a={indices:N(r,"indices","oneHot","int32")},i={dtype:o,depth:e,onValue:t,offValue:n};return I.runKernel(zn,a,i)}var gm=S({oneHot_:c$});function m$(r){let t={x:N(r,"x","onesLike")};return I.runKernel(hs,t)}var xm=S({onesLike_:m$});function f$(r,e,t=0){let n=N(r,"x","pad");if(n.rank===0)throw new Error("pad(scalar) is not defined. Pass non-scalar to pad");let o={paddings:e,constantValue:t},s={x:n};return I.runKernel(Kn,s,o)}var ym=S({pad_:f$});function d$(r,e,t){let n=N(r,"x","spaceToBatchND");T(n.rank>=1+e.length,()=>`input rank ${n.rank} should be > than [blockShape] ${e.length}`),T(t.length===e.length,()=>`paddings.shape[0] ${t.length} must be equal to [blockShape] ${e.length}`),T(n.shape.reduce((a,i,u)=>u>0&&u<=e.length?a&&(i+t[u-1][0]+t[u-1][1])%e[u-1]===0:a,!0),()=>`input spatial dimensions ${n.shape.slice(1)} with paddings ${t.toString()} must be divisible by blockShapes ${e.toString()}`);let o={x:n},s={blockShape:e,paddings:t};return I.runKernel(_s,o,s)}var bm=S({spaceToBatchND_:d$});function h$(r,e){let t=N(r,"x","prelu"),n=N(e,"alpha","prelu"),o={x:t,alpha:n};return I.runKernel(Hn,o)}var oi=S({prelu_:h$});function g$(r,e=null,t=!1){let n=N(r,"x","prod");n.dtype==="bool"&&(n=de(n,"int32"));let o={x:n},s={axis:e,keepDims:t};return I.runKernel(Kr,o,s)}var wm=S({prod_:g$});function Cr(r,e,t=1,n="float32"){if(t===0)throw new Error("Cannot have a step of zero");let o={start:r,stop:e,step:t,dtype:n};return I.runKernel(xs,{},o)}function x$(r){let t={input:N(r,"input","real")};return I.runKernel($a,t)}var vg=S({real_:x$});function y$(r){let t={x:N(r,"x","reciprocal")};return I.runKernel(ys,t)}var Nm=S({reciprocal_:y$});function b$(r){let t={x:N(r,"x","relu")};return I.runKernel(bs,t)}var si=S({relu_:b$});function w$(r){let t={x:N(r,"x","relu6")};return I.runKernel(Ns,t)}var ai=S({relu6_:w$});function N$(r,e){let n={x:N(r,"x","reverse")},o={dims:e};return I.runKernel(Xn,n,o)}var Im=S({reverse_:N$});function I$(r){let t={x:N(r,"x","round")};return I.runKernel(Is,t)}var ii=S({round_:I$});function C$(r){let t={x:N(r,"x","rsqrt","float32")};return I.runKernel(Hr,t)}var Cm=S({rsqrt_:C$});function v$(r){let t={x:N(r,"x","selu")};return I.runKernel(vs,t)}var vm=S({selu_:v$});function S$(r){let t={x:N(r,"x","sign")};return I.runKernel(Ts,t)}var Sm=S({sign_:S$});function T$(r){let t={x:N(r,"x","sin","float32")};return I.runKernel("Sin",t)}var Tm=S({sin_:T$});function E$(r){let t={x:N(r,"x","sinh")};return I.runKernel(Ss,t)}var Em=S({sinh_:E$});function _$(r,e=-1){let t=N(r,"logits","softmax","float32");if(e===-1&&(e=t.rank-1),e!==t.rank-1)throw Error(`Softmax along a non-last dimension is not yet supported. Logits was rank ${t.rank} and dim was ${e}`);let n={logits:t},o={dim:e};return I.runKernel(Jn,n,o)}var _m=S({softmax_:_$});function k$(r,e,t=0){let o={x:N(r,"x","split")},s={numOrSizeSplits:e,axis:t};return I.runKernel(ks,o,s)}var go=S({split_:k$});function A$(r,e){let t=N(r,"a","squaredDifference"),n=N(e,"b","squaredDifference");[t,n]=Q(t,n),se(t.shape,n.shape);let o={a:t,b:n},s={};return I.runKernel(Xr,o,s)}var km=S({squaredDifference_:A$});function $$(r,e){let t=N(r,"x","squeeze","string_or_numeric");return P(t,Ap(t.shape,e).newShape)}var ui=S({squeeze_:$$});function R$(r,e=0){let t=nu(r,"tensors","stack","string_or_numeric");T(t.length>=1,()=>"Pass at least one tensor to tf.stack"),t.length>0&&T(e<=t[0].rank,()=>"Axis must be <= rank of the tensor");let n=t,o={axis:e};return I.runKernel(gs,n,o)}var or=S({stack_:R$});function F$(r,e=0){let n={x:N(r,"x","step")},o={alpha:e};return I.runKernel(ro,n,o)}var Sg=S({step_:F$});function D$(r,e,t,n,o=0,s=0,a=0,i=0,u=0){let p={x:N(r,"x","stridedSlice","string_or_numeric")},c={begin:e,end:t,strides:n,beginMask:o,endMask:s,ellipsisMask:a,newAxisMask:i,shrinkAxisMask:u};return I.runKernel(to,p,c)}var Am=S({stridedSlice_:D$});function O$(r){let t={x:N(r,"x","tan","float32")};return I.runKernel("Tan",t)}var $m=S({tan_:O$});function Xe(r,e){Ta(r);let t=uo(r,e);if(t.length!==1)throw new Error("tensor1d() requires values to be a flat/TypedArray");return nn(r,null,t,e)}function Nu(r,e,t){if(Ta(r),e!=null&&e.length!==2)throw new Error("tensor2d() requires shape to have two numbers");let n=uo(r,t);if(n.length!==2&&n.length!==1)throw new Error("tensor2d() requires values to be number[][] or flat/TypedArray");if(n.length===1&&e==null)throw new Error("tensor2d() requires shape to be provided when `values` are a flat/TypedArray");return nn(r,e,n,t)}var ln={};ue(ln,{calculateShapes:()=>Tg,validateInput:()=>ea,validateUpdateShape:()=>Rm});function Rm(r,e,t){let n=e.rank>1?e.shape[e.rank-1]:1,o=e.rank>1?e.rank-1:1,s=`Must have updates.shape = indices.shape[:batchDim] + shape[sliceDim:], got updates.shape: ${t.shape}, indices.shape: ${e.shape}, shape: ${r}, sliceDim: ${n}, and batchDim: ${o}.`;if(t.rank<o)throw new Error(s+` update.rank < ${o}. `);if(r.length<n+(t.rank-o))throw new Error(s+` Output shape length < ${n+(t.rank-o)}`);if(t.rank!==o+r.length-n)throw new Error(s+` update.rank != ${o+r.length-n}`);for(let a=0;a<o;++a)if(t.shape[a]!==e.shape[a])throw new Error(s+` updates.shape[${a}] (${t.shape[a]}) != indices.shape[${a}] (${e.shape[a]}).`);for(let a=0;a<t.rank-o;++a)if(t.shape[a+o]!==r[a+n])throw new Error(s+` updates.shape[${a+o}] (${t.shape[a+o]}) != shape[${a+o}] (${r[a+o]})`)}function ea(r,e,t){if(e.rank<1)throw new Error(`tf.scatterND() expects the indices to be rank 1 or higher, but the rank was ${e.rank}.`);if(r.rank<1)throw new Error(`tf.scatterND() expects the updates to be rank 1 or higher, but the rank was ${r.rank}.`);if(e.dtype!=="int32")throw new Error(`The dtype of 'indices' should be int32, but got dtype: ${e.dtype}`);if(t.length<1)throw new Error(`Output rank must be greater or equal to 1, but got shape: ${t}`);if(t.length===0){if(e.size===0)throw new Error(`Indices specified for empty output. indices shape: ${e.shape}`);if(r.size===0)throw new Error(`Updates specified for empty output. updates shape: ${r.shape}`)}Rm(t,e,r)}function Tg(r,e,t){let n=e.shape.length,o=n>1?e.shape[n-1]:1,s=t.length,a=1;for(let c=o;c<s;++c)a*=t[c];let i=o<1?1:o,u=ne(e.shape)/i,l=[...Qt(t.slice(0,o)),1],p=ne(t);return{sliceRank:o,numUpdates:u,sliceSize:a,strides:l,outputSize:p}}function P$(r,e,t){let n=N(r,"tensor","tensorScatterupdate"),o=N(e,"indices","tensorScatterupdate","int32"),s=N(t,"updates","tensorScatterupdate");if(ea(s,o,n.shape),n.dtype!==s.dtype)throw new Error(`tensor and updates must have the same dtype, instead they are ${n.dtype} and ${s.dtype}.`);let a={tensor:n,indices:o,updates:s},i={};return I.runKernel(Qn,a,i)}var Fm=S({tensorScatterUpdate_:P$});function B$(r,e=0){let t=N(r,"x","unstack","string_or_numeric");T(e>=-t.shape.length&&e<t.shape.length,()=>`Axis = ${e} is not in [-${t.shape.length}, ${t.shape.length})`);let n={value:t},o={axis:e};return I.runKernel($s,n,o)}var xo=S({unstack_:B$});function Eg(r,e){let t=[];for(let s=0;s<e.length;s++)e[s]&&t.push(s);let n=ae(r,"int32"),o=ae([t.length,r.length],"int32");for(let s=0;s<t.length;s++){let a=n.indexToLoc(t[s]),i=s*r.length;o.values.set(a,i)}return o.toTensor()}function L$(r,e,t){let n=N(r,"x","transpose");if(e==null&&(e=n.shape.map((a,i)=>i).reverse()),T(n.rank===e.length,()=>`Error in transpose: rank of input ${n.rank} must match length of perm ${e}.`),e.forEach(a=>{T(a>=0&&a<n.rank,()=>`All entries in 'perm' must be between 0 and ${n.rank-1} but got ${e}`)}),n.rank<=1)return n.clone();let o={x:n},s={perm:e};return n.dtype==="complex64"?J(()=>{let a=vg(n),i=Ig(n);return a=I.runKernel(mr,{x:a},s),i=I.runKernel(mr,{x:i},s),t&&(i=Ir(i)),rn(a,i)}):I.runKernel(mr,o,s)}var li=S({transpose_:L$});function M$(r,e,t){Ze(t);let n=N(r,"indices","scatterND","int32"),o=N(e,"updates","scatterND");ea(o,n,t);let s={indices:n,updates:o},a={shape:t};return I.runKernel(Yn,s,a)}var _g=S({scatterND_:M$});function kg(r,e,t,n){if(r.dtype!=="int32")throw new Error(`tf.sparseToDense() expects the indices to be int32 type, but the dtype was ${r.dtype}.`);if(r.rank>2)throw new Error(`sparseIndices should be a scalar, vector, or matrix, but got shape ${r.shape}.`);let o=r.rank>0?r.shape[0]:1,s=r.rank>1?r.shape[1]:1;if(t.length!==s)throw new Error(`outputShape has incorrect number of elements:, ${t.length}, should be: ${s}.`);let a=e.size;if(!(e.rank===0||e.rank===1&&a===o))throw new Error(`sparseValues has incorrect shape ${e.shape}, should be [] or [${o}]`);if(e.dtype!==n.dtype)throw new Error("sparseValues.dtype must match defaultValues.dtype")}function V$(r,e,t,n=0){Ze(t);let o=N(r,"sparseIndices","sparseToDense","int32"),s=N(e,"sparseValues","sparseToDense","string_or_numeric"),a=N(n,"defaultValue","sparseToDense",s.dtype);kg(o,s,t,a);let i={sparseIndices:o,sparseValues:s,defaultValue:a},u={outputShape:t};return I.runKernel(eo,i,u)}var Ag=S({sparseToDense_:V$});function G$(r,e){let t=N(e,"indices","gatherND","int32"),o={params:N(r,"x","gatherND","string_or_numeric"),indices:t};return I.runKernel(Ln,o)}var $g=S({gatherND_:G$});var Iu={};ue(Iu,{conv2d:()=>Fg,depthwiseConv2d:()=>Pg,matMul:()=>Bg});function W$(r,e,t,n,o,s="NHWC",a){let i=r;r.rank===3&&(i=P(r,[1,r.shape[0],r.shape[1],r.shape[2]]));let u=e;u.rank===3&&(u=P(e,[1,e.shape[0],e.shape[1],e.shape[2]])),T(i.rank===4,()=>`Error in conv2dDerFilter: input must be rank 4, but got shape ${i.shape}.`),T(u.rank===4,()=>`Error in conv2dDerFilter: dy must be rank 4, but got shape ${u.shape}.`),T(t.length===4,()=>`Error in conv2dDerFilter: filterShape must be length 4, but got ${t}.`);let l=s==="NHWC"?i.shape[3]:i.shape[1],p=s==="NHWC"?u.shape[3]:u.shape[1];T(l===t[2],()=>`Error in conv2dDerFilter: depth of input ${l}) must match input depth in filter (${t[2]}.`),T(p===t[3],()=>`Error in conv2dDerFilter: depth of dy (${p}) must match output depth for filter (${t[3]}).`),ke("conv2dDerFilter",o,a);let c={x:i,dy:u},m={strides:n,pad:o,dataFormat:s,dimRoundingMode:a,filterShape:t};return I.runKernel(rh,c,m)}var Rg=S({conv2DBackpropFilter_:W$});function yo(r,e,t){if(t==null||t==="linear")return r;if(t==="relu")return W(r,Sg(e));throw new Error(`Cannot compute gradient for fused activation ${t}.`)}function bo(r,e){let t=e,n=fu(r.shape,e.shape);return n.length>0&&(t=Se(t,n)),P(t,r.shape)}function wo(r,e,t,n){if(e==="linear")return r;if(e==="relu")return si(r);if(e==="elu")return qa(r);if(e==="relu6")return ai(r);if(e==="prelu")return oi(r,t);if(e==="leakyrelu")return Za(r,n);if(e==="sigmoid")return za(r);throw new Error(`Unknown fused activation ${e}.`)}var No=(r,e)=>!(r>0)||e==="linear";function z$({x:r,filter:e,strides:t,pad:n,dataFormat:o="NHWC",dilations:s=[1,1],dimRoundingMode:a,bias:i,activation:u="linear",preluActivationWeights:l,leakyreluAlpha:p}){if(u=u||"linear",No(I.state.gradientDepth,u)===!1){T(o==="NHWC",()=>`Error in fused conv2d: got dataFormat of ${o} but only NHWC is currently supported for the case of gradient depth is 0 and the activation is not linear.`);let A=fo(r,e,t,n,o,s,a);return i!=null&&(A=X(A,i)),wo(A,u,l,p)}let c=N(r,"x","conv2d","float32"),m=N(e,"filter","conv2d","float32"),f=c,d=!1;c.rank===3&&(d=!0,f=P(c,[1,c.shape[0],c.shape[1],c.shape[2]])),T(f.rank===4,()=>`Error in fused conv2d: input must be rank 4, but got rank ${f.rank}.`),T(m.rank===4,()=>`Error in fused conv2d: filter must be rank 4, but got rank ${m.rank}.`),ke("fused conv2d",n,a);let g=o==="NHWC"?f.shape[3]:f.shape[1];T(m.shape[2]===g,()=>`Error in conv2d: depth of input (${g}) must match input depth for filter ${m.shape[2]}.`),T(pt(t,s),()=>`Error in conv2D: Either strides or dilations must be 1. Got strides ${t} and dilations '${s}'`);let h=co(f.shape,m.shape,t,s,n,a),x;i!=null&&(x=N(i,"bias","fused conv2d"),[x]=Q(x,c),o==="NHWC"?se(h.outShape,x.shape):(T(x.shape.length<=1,()=>`Error in fused conv2d: only supports scalar or 1-D Tensor bias for NCHW format but got the bias of rank-${x.shape.length}.`),T(x.shape.length===0||x.shape[0]===h.outChannels||x.shape[0]===1,()=>`Error in fused conv2d: bias shape (${x.shape}) is not compatible with the number of output channels (${h.outChannels})`)));let b;if(l!=null){let A=l.shape;if(T(A.length<=1||A.length===3,()=>`Error in fused conv2d: only supports scalar, 1-D Tensor or 3-D Tensor PReLU activation weights but got a tensor of rank-${A.length}.`),A.length===1)T(A[0]===1||A[0]===h.outChannels,()=>`Error in fused conv2d: PReLU activation weights (${A}) is not compatible with the number of output channels (${h.outChannels}).`);else if(A.length===3)try{se(A,h.outShape)}catch{let F=`Error in fused conv2d: PReLU activation weights (${A}) is not compatible with the output shape of the conv2d (${h.outShape}).`;throw Error(F)}b=N(l,"prelu weights","fused conv2d")}let C=(A,R)=>{T(o==="NHWC",()=>`Error in gradient of fused conv2D: got dataFormat of ${o} but only NHWC is currently supported.`);let[F,D,L,z]=R,j=yo(A,L,u);T(po(s),()=>`Error in gradient of fused conv2D: dilation rates greater than 1 are not yet supported in gradients. Got dilations '${s}'`);let te=cu(D.shape,j,F,t,n),pe=Rg(D,j,F.shape,t,n),ce=[te,pe];if(z!=null){let Le=bo(z,j);ce.push(Le)}return ce},E={x:f,filter:m,bias:x,preluActivationWeights:b},k={strides:t,pad:n,dataFormat:o,dilations:s,dimRoundingMode:a,activation:u,leakyreluAlpha:p};return i==null?Kt((R,F,D)=>{let L=I.runKernel(Qr,E,k);return D([F,R,L]),d&&(L=P(L,[L.shape[1],L.shape[2],L.shape[3]])),{value:L,gradFunc:C}})(f,m):Kt((R,F,D,L)=>{let z=I.runKernel(Qr,E,k);return L([F,R,z,D]),d&&(z=P(z,[z.shape[1],z.shape[2],z.shape[3]])),{value:z,gradFunc:C}})(f,m,x)}var Fg=S({fusedConv2d_:z$});function K$(r,e,t,n,o,s=[1,1],a){let i=r;r.rank===3&&(i=P(r,[1,r.shape[0],r.shape[1],r.shape[2]]));let u=e;u.rank===3&&(u=P(e,[1,e.shape[0],e.shape[1],e.shape[2]]));let l={x:i,dy:u},p={strides:n,pad:o,dimRoundingMode:a,dilations:s,filterShape:t};return I.runKernel(oh,l,p)}var Dg=S({depthwiseConv2dNativeBackpropFilter_:K$});function H$(r,e,t,n,o,s=[1,1],a){let i=e,u=!1;e.rank===3&&(u=!0,i=P(e,[1,e.shape[0],e.shape[1],e.shape[2]]));let l={dy:i,filter:t},p={strides:n,pad:o,dimRoundingMode:a,dilations:s,inputShape:r},c=I.runKernel(sh,l,p);return u?P(c,[c.shape[1],c.shape[2],c.shape[3]]):c}var Og=S({depthwiseConv2dNativeBackpropInput_:H$});function q$({x:r,filter:e,strides:t,pad:n,dataFormat:o="NHWC",dilations:s=[1,1],dimRoundingMode:a,bias:i,activation:u="linear",preluActivationWeights:l,leakyreluAlpha:p}){if(No(I.state.gradientDepth,u)===!1){let k=Ka(r,e,t,n,o,s,a);return i!=null&&(k=X(k,i)),wo(k,u,l,p)}let c=N(r,"x","depthwiseConv2d","float32"),m=N(e,"filter","depthwiseConv2d","float32"),f=c,d=!1;c.rank===3&&(d=!0,f=P(c,[1,c.shape[0],c.shape[1],c.shape[2]])),T(f.rank===4,()=>`Error in fused depthwiseConv2d: input must be rank 4, but got rank ${f.rank}.`),T(m.rank===4,()=>`Error in fused depthwiseConv2d: filter must be rank 4, but got rank ${m.rank}.`),T(f.shape[3]===m.shape[2],()=>`Error in fused depthwiseConv2d: number of input channels (${f.shape[3]}) must match the inChannels dimension in filter ${m.shape[2]}.`),s==null&&(s=[1,1]),T(pt(t,s),()=>`Error in fused depthwiseConv2d: Either strides or dilations must be 1. Got strides ${t} and dilations '${s}'`),ke("fused depthwiseConv2d",n,a);let g=co(f.shape,m.shape,t,s,n,a,!0),h;i!=null&&(h=N(i,"bias","fused conv2d"),[h]=Q(h,c),se(g.outShape,h.shape));let x;l!=null&&(x=N(l,"prelu weights","fused depthwiseConv2d"));let b=(k,A)=>{T(po(s),()=>`Error in gradient of fused depthwiseConv2d: dilation rates greater than 1 are not yet supported. Got dilations '${s}'`);let[R,F,D,L]=A,z=yo(k,D,u),j=Og(F.shape,z,R,t,n,s,a),te=Dg(F,z,R.shape,t,n,s,a);if(L!=null){let pe=bo(h,z);return[j,te,pe]}return[j,te]},C={x:f,filter:m,bias:h,preluActivationWeights:x},E={strides:t,pad:n,dataFormat:o,dilations:s,dimRoundingMode:a,activation:u,leakyreluAlpha:p};return i==null?Kt((A,R,F)=>{let D=I.runKernel(Zr,C,E);return F([R,A,D]),d&&(D=P(D,[D.shape[1],D.shape[2],D.shape[3]])),{value:D,gradFunc:b}})(f,m):Kt((A,R,F,D)=>{let L=I.runKernel(Zr,C,E);return D([R,A,L,F]),d&&(L=P(L,[L.shape[1],L.shape[2],L.shape[3]])),{value:L,gradFunc:b}})(f,m,h)}var Pg=S({fusedDepthwiseConv2d_:q$});function j$({a:r,b:e,transposeA:t=!1,transposeB:n=!1,bias:o,activation:s="linear",preluActivationWeights:a,leakyreluAlpha:i=.2}){if(No(I.state.gradientDepth,s)===!1){let z=Ae(r,e,t,n);return o!=null&&(z=X(z,o)),wo(z,s,a,i)}let u=N(r,"a","fused matMul"),l=N(e,"b","fused matMul");[u,l]=Q(u,l);let p=t?u.shape[u.rank-2]:u.shape[u.rank-1],c=n?l.shape[l.rank-1]:l.shape[l.rank-2],m=t?u.shape[u.rank-1]:u.shape[u.rank-2],f=n?l.shape[l.rank-2]:l.shape[l.rank-1],d=u.shape.slice(0,-2),g=l.shape.slice(0,-2),h=ne(d),x=ne(g);T(p===c,()=>`Error in fused matMul: inner shapes (${p}) and (${c}) of Tensors with shapes ${u.shape} and ${l.shape} and transposeA=${t} and transposeB=${n} must match.`);let C=se(u.shape.slice(0,-2),l.shape.slice(0,-2)).concat([m,f]),E=t?P(u,[h,p,m]):P(u,[h,m,p]),k=n?P(l,[x,f,c]):P(l,[x,c,f]),A;o!=null&&(A=N(o,"bias","fused matMul"),[A]=Q(A,u),se(C,A.shape));let R;a!=null&&(R=N(a,"prelu weights","fused matMul"));let F=(z,j)=>{let[te,pe,ce,Le]=j,Te=yo(P(z,ce.shape),ce,s),we,Pe;if(!t&&!n?(we=Ae(Te,pe,!1,!0),Pe=Ae(te,Te,!0,!1)):!t&&n?(we=Ae(Te,pe,!1,!1),Pe=Ae(Te,te,!0,!1)):t&&!n?(we=Ae(pe,Te,!1,!0),Pe=Ae(te,Te,!1,!1)):(we=Ae(pe,Te,!0,!0),Pe=Ae(Te,te,!0,!0)),o!=null){let Ye=bo(Le,Te);return[we,Pe,Ye]}else return[we,Pe]},D={a:E,b:k,bias:A,preluActivationWeights:R},L={transposeA:t,transposeB:n,activation:s,leakyreluAlpha:i};return o==null?Kt((j,te,pe)=>{let ce=I.runKernel(Yr,D,L);return pe([j,te,ce]),{value:P(ce,C),gradFunc:F}})(E,k):Kt((j,te,pe,ce)=>{let Le=I.runKernel(Yr,D,L);return ce([j,te,Le,pe]),{value:P(Le,C),gradFunc:F}})(E,k,A)}var Bg=S({fusedMatMul_:j$});function X$(r,e,t,n,o="bilinear",s=0){let a=N(r,"image","cropAndResize"),i=N(e,"boxes","cropAndResize","float32"),u=N(t,"boxInd","cropAndResize","int32"),l=i.shape[0];T(a.rank===4,()=>`Error in cropAndResize: image must be rank 4,but got rank ${a.rank}.`),T(i.rank===2&&i.shape[1]===4,()=>`Error in cropAndResize: boxes must be have size [${l},4] but had shape ${i.shape}.`),T(u.rank===1&&u.shape[0]===l,()=>`Error in cropAndResize: boxInd must be have size [${l}] but had shape ${i.shape}.`),T(n.length===2,()=>`Error in cropAndResize: cropSize must be of length 2, but got length ${n.length}.`),T(n[0]>=1&&n[1]>=1,()=>`cropSize must be atleast [1,1], but was ${n}`),T(o==="bilinear"||o==="nearest",()=>`method must be bilinear or nearest, but was ${o}`);let p={image:a,boxes:i,boxInd:u},c={method:o,extrapolationValue:s,cropSize:n};return I.runKernel(Fn,p,c)}var Lg=S({cropAndResize_:X$});function Y$(r){let e=N(r,"image","flipLeftRight","float32");T(e.rank===4,()=>`Error in flipLeftRight: image must be rank 4,but got rank ${e.rank}.`);let t={image:e};return I.runKernel(ih,t,{})}var Mg=S({flipLeftRight_:Y$});function Q$(r){let e=N(r,"image","grayscaleToRGB"),t=e.rank-1,n=e.shape[t];T(e.rank>=2,()=>`Error in grayscaleToRGB: images must be at least rank 2, but got rank ${e.rank}.`),T(n===1,()=>`Error in grayscaleToRGB: last dimension of a grayscale image should be size 1, but got size ${n}.`);let o=new Array(e.rank);return o.fill(1,0,t),o[t]=3,Nr(e,o)}var Ug=S({grayscaleToRGB_:Q$});function Z$(r){let e=N(r,"image","RGBToGrayscale"),t=e.rank-1,n=e.shape[t];T(e.rank>=2,()=>`Error in RGBToGrayscale: images must be at least rank 2, but got rank ${e.rank}.`),T(n===3,()=>`Error in RGBToGrayscale: last dimension of an RGB image should be size 3, but got size ${n}.`);let o=e.dtype,s=de(e,"float32"),a=Xe([.2989,.587,.114]),i;switch(e.rank){case 2:i=Ks("ij,j->i",s,a);break;case 3:i=Ks("ijk,k->ij",s,a);break;case 4:i=Ks("ijkl,l->ijk",s,a);break;case 5:i=Ks("ijklm,m->ijkl",s,a);break;case 6:i=Ks("ijklmn,n->ijklm",s,a);break;default:throw new Error("Not a valid tensor rank.")}return i=Ot(i,-1),de(i,o)}var Vg=S({rgbToGrayscale_:Z$});function J$(r,e,t=0,n=.5){let o=N(r,"image","rotateWithOffset","float32");T(o.rank===4,()=>`Error in rotateWithOffset: image must be rank 4,but got rank ${o.rank}.`);let s={image:o},a={radians:e,fillValue:t,center:n};return I.runKernel(fh,s,a)}var Gg=S({rotateWithOffset_:J$});function Pt(r,e,t,n,o,s){n==null&&(n=.5),o==null&&(o=Number.NEGATIVE_INFINITY),s==null&&(s=0);let a=r.shape[0];return t=Math.min(t,a),T(0<=n&&n<=1,()=>`iouThreshold must be in [0, 1], but was '${n}'`),T(r.rank===2,()=>`boxes must be a 2D tensor, but was of rank '${r.rank}'`),T(r.shape[1]===4,()=>`boxes must have 4 columns, but 2nd dimension was ${r.shape[1]}`),T(e.rank===1,()=>"scores must be a 1D tensor"),T(e.shape[0]===a,()=>`scores has incompatible shape with boxes. Expected ${a}, but was ${e.shape[0]}`),T(0<=s&&s<=1,()=>`softNmsSigma must be in [0, 1], but was '${s}'`),{maxOutputSize:t,iouThreshold:n,scoreThreshold:o,softNmsSigma:s}}function e2(r,e,t,n=.5,o=Number.NEGATIVE_INFINITY){let s=N(r,"boxes","nonMaxSuppression","float32"),a=N(e,"scores","nonMaxSuppression","float32"),i=Pt(s,a,t,n,o);t=i.maxOutputSize,n=i.iouThreshold,o=i.scoreThreshold;let u={maxOutputSize:t,iouThreshold:n,scoreThreshold:o};return I.runKernel(uh,{boxes:s,scores:a},u)}var Wg=S({nonMaxSuppression_:e2});function zg(r,e,t){let n=t2(r,e,t),o=n<0?-(n+1):n;r.splice(o,0,e)}function t2(r,e,t){return n2(r,e,t||r2)}function r2(r,e){return r>e?1:r<e?-1:0}function n2(r,e,t){let n=0,o=r.length,s=0,a=!1;for(;n<o;){s=n+(o-n>>>1);let i=t(e,r[s]);i>0?n=s+1:(o=s,a=!i)}return a?n:-n-1}function Cu(r,e,t,n,o){return Dm(r,e,t,n,o,0)}function vu(r,e,t,n,o,s){return Dm(r,e,t,n,o,0,!1,s,!0)}function Su(r,e,t,n,o,s){return Dm(r,e,t,n,o,s,!0)}function Dm(r,e,t,n,o,s,a=!1,i=!1,u=!1){let l=[];for(let h=0;h<e.length;h++)e[h]>o&&l.push({score:e[h],boxIndex:h,suppressBeginIndex:0});l.sort(Kg);let p=s>0?-.5/s:0,c=[],m=[];for(;c.length<t&&l.length>0;){let h=l.pop(),{score:x,boxIndex:b,suppressBeginIndex:C}=h;if(x<o)break;let E=!1;for(let k=c.length-1;k>=C;--k){let A=o2(r,b,c[k]);if(A>=n){E=!0;break}if(h.score=h.score*s2(n,p,A),h.score<=o)break}h.suppressBeginIndex=c.length,E||(h.score===x?(c.push(b),m.push(h.score)):h.score>o&&zg(l,h,Kg))}let f=c.length,d=t-f;i&&d>0&&(c.push(...new Array(d).fill(0)),m.push(...new Array(d).fill(0)));let g={selectedIndices:c};return a&&(g.selectedScores=m),u&&(g.validOutputs=f),g}function o2(r,e,t){let n=r.subarray(e*4,e*4+4),o=r.subarray(t*4,t*4+4),s=Math.min(n[0],n[2]),a=Math.min(n[1],n[3]),i=Math.max(n[0],n[2]),u=Math.max(n[1],n[3]),l=Math.min(o[0],o[2]),p=Math.min(o[1],o[3]),c=Math.max(o[0],o[2]),m=Math.max(o[1],o[3]),f=(i-s)*(u-a),d=(c-l)*(m-p);if(f<=0||d<=0)return 0;let g=Math.max(s,l),h=Math.max(a,p),x=Math.min(i,c),b=Math.min(u,m),C=Math.max(x-g,0)*Math.max(b-h,0);return C/(f+d-C)}function s2(r,e,t){let n=Math.exp(e*t*t);return t<=r?n:0}function Kg(r,e){return r.score-e.score||r.score===e.score&&e.boxIndex-r.boxIndex}async function a2(r,e,t,n=.5,o=Number.NEGATIVE_INFINITY){let s=N(r,"boxes","nonMaxSuppressionAsync"),a=N(e,"scores","nonMaxSuppressionAsync"),i=Pt(s,a,t,n,o);t=i.maxOutputSize,n=i.iouThreshold,o=i.scoreThreshold;let u=await Promise.all([s.data(),a.data()]),l=u[0],p=u[1],{selectedIndices:c}=Cu(l,p,t,n,o);return s!==r&&s.dispose(),a!==e&&a.dispose(),Xe(c,"int32")}var Hg=a2;function i2(r,e,t,n=.5,o=Number.NEGATIVE_INFINITY,s=0){let a=N(r,"boxes","nonMaxSuppression"),i=N(e,"scores","nonMaxSuppression"),u=Pt(a,i,t,n,o,s);t=u.maxOutputSize,n=u.iouThreshold,o=u.scoreThreshold,s=u.softNmsSigma;let l={boxes:a,scores:i},p={maxOutputSize:t,iouThreshold:n,scoreThreshold:o,softNmsSigma:s},c=I.runKernel(ph,l,p);return{selectedIndices:c[0],selectedScores:c[1]}}var qg=S({nonMaxSuppressionWithScore_:i2});async function u2(r,e,t,n=.5,o=Number.NEGATIVE_INFINITY,s=0){let a=N(r,"boxes","nonMaxSuppressionAsync"),i=N(e,"scores","nonMaxSuppressionAsync"),u=Pt(a,i,t,n,o,s);t=u.maxOutputSize,n=u.iouThreshold,o=u.scoreThreshold,s=u.softNmsSigma;let l=await Promise.all([a.data(),i.data()]),p=l[0],c=l[1],{selectedIndices:m,selectedScores:f}=Su(p,c,t,n,o,s);return a!==r&&a.dispose(),i!==e&&i.dispose(),{selectedIndices:Xe(m,"int32"),selectedScores:Xe(f)}}var jg=u2;function l2(r,e,t,n=.5,o=Number.NEGATIVE_INFINITY,s=!1){let a=N(r,"boxes","nonMaxSuppression"),i=N(e,"scores","nonMaxSuppression"),u=Pt(a,i,t,n,o,null),l=u.maxOutputSize,p=u.iouThreshold,c=u.scoreThreshold,m={boxes:a,scores:i},f={maxOutputSize:l,iouThreshold:p,scoreThreshold:c,padToMaxOutputSize:s},d=I.runKernel(lh,m,f);return{selectedIndices:d[0],validOutputs:d[1]}}var Xg=S({nonMaxSuppressionPadded_:l2});async function p2(r,e,t,n=.5,o=Number.NEGATIVE_INFINITY,s=!1){let a=N(r,"boxes","nonMaxSuppressionAsync"),i=N(e,"scores","nonMaxSuppressionAsync"),u=Pt(a,i,t,n,o,null),l=u.maxOutputSize,p=u.iouThreshold,c=u.scoreThreshold,[m,f]=await Promise.all([a.data(),i.data()]),{selectedIndices:d,validOutputs:g}=vu(m,f,l,p,c,s);return a!==r&&a.dispose(),i!==e&&i.dispose(),{selectedIndices:Xe(d,"int32"),validOutputs:Be(g,"int32")}}var Yg=p2;function c2(r,e,t=!1,n=!1){let o=N(r,"images","resizeBilinear");T(o.rank===3||o.rank===4,()=>`Error in resizeBilinear: x must be rank 3 or 4, but got rank ${o.rank}.`),T(e.length===2,()=>`Error in resizeBilinear: new shape must 2D, but got shape ${e}.`),T(n===!1||t===!1,()=>"Error in resizeBilinear: If halfPixelCenters is true, alignCorners must be false.");let s=o,a=!1;o.rank===3&&(a=!0,s=P(o,[1,o.shape[0],o.shape[1],o.shape[2]]));let[]=e,i={images:s},u={alignCorners:t,halfPixelCenters:n,size:e},l=I.runKernel(jn,i,u);return a?P(l,[l.shape[1],l.shape[2],l.shape[3]]):l}var Qg=S({resizeBilinear_:c2});function m2(r,e,t=!1,n=!1){let o=N(r,"images","resizeNearestNeighbor");T(o.rank===3||o.rank===4,()=>`Error in resizeNearestNeighbor: x must be rank 3 or 4, but got rank ${o.rank}.`),T(e.length===2,()=>`Error in resizeNearestNeighbor: new shape must 2D, but got shape ${e}.`),T(o.dtype==="float32"||o.dtype==="int32",()=>"`images` must have `int32` or `float32` as dtype"),T(n===!1||t===!1,()=>"Error in resizeNearestNeighbor: If halfPixelCenters is true, alignCorners must be false.");let s=o,a=!1;o.rank===3&&(a=!0,s=P(o,[1,o.shape[0],o.shape[1],o.shape[2]]));let[]=e,i={images:s},u={alignCorners:t,halfPixelCenters:n,size:e},l=I.runKernel(qn,i,u);return a?P(l,[l.shape[1],l.shape[2],l.shape[3]]):l}var Zg=S({resizeNearestNeighbor_:m2});function f2(r,e="binary",t=!1,n=.5){let o=N(r,"image","threshold"),s=.2989,a=.587,i=.114,u=o.shape[0]*o.shape[1],l=W(Xe([n]),255),p,c,m,f;if(T(o.rank===3,()=>`Error in threshold: image must be rank 3,but got rank ${o.rank}.`),T(o.shape[2]===3||o.shape[2]===1,()=>`Error in threshold: image color channel must be equal to 3 or 1but got ${o.shape[2]}.`),T(o.dtype==="int32"||o.dtype==="float32",()=>`Error in dtype: image dtype must be int32 or float32,but got dtype ${o.dtype}.`),T(e==="otsu"||e==="binary",()=>`Method must be binary or otsu, but was ${e}`),o.shape[2]===3){[p,c,m]=go(o,[1,1,1],-1);let h=W(p,s),x=W(c,a),b=W(m,i);f=X(X(h,x),b)}else f=r;if(e==="otsu"){let h=xg(de(ii(f),"int32"),Jt([]),256);l=d2(h,u)}let d=t?ho(f,l):un(f,l);return de(W(d,255),"int32")}function d2(r,e){let t=Xe([-1]),n=Xe([0]),o=Xe([0]),s,a,i,u,l,p;for(let c=0;c<r.size-1;c++){s=rt(r,0,c+1),a=rt(r,c+1),l=me(Se(s),e),p=me(Se(a),e);let m=Se(W(s,Cr(0,s.size)));i=me(m,Se(s));let f=br(a.shape,s.size),d=X(Cr(0,a.size),f),g=W(a,d);u=me(Se(g),Se(a));let h=he(i,u),x=he(i,u),b=W(l,p);o=W(W(b,h),x);let C=un(o,n);n=Nt(C,o,n),t=Nt(C,Xe([c]),t)}return t}var Jg=S({threshold_:f2});function h2(r,e,t="nearest",n="constant",o=0,s){let a=N(r,"image","transform","float32"),i=N(e,"transforms","transform","float32");T(a.rank===4,()=>`Error in transform: image must be rank 4,but got rank ${a.rank}.`),T(i.rank===2&&(i.shape[0]===a.shape[0]||i.shape[0]===1)&&i.shape[1]===8,()=>"Error in transform: Input transform should be batch x 8 or 1 x 8"),T(s==null||s.length===2,()=>`Error in transform: outputShape must be [height, width] or null, but got ${s}.`);let u={image:a,transforms:i},l={interpolation:t,fillMode:n,fillValue:o,outputShape:s};return I.runKernel(mh,u,l)}var ex=S({transform_:h2});function g2(r,e,t){let n=N(r,"a","bandPart");T(n.rank>=2,()=>`bandPart(): Rank must be at least 2, got ${n.rank}.`);let o=n.shape,[s,a]=n.shape.slice(-2),i,u;typeof e=="number"?(T(e%1===0,()=>`bandPart(): numLower must be an integer, got ${e}.`),T(e<=s,()=>`bandPart(): numLower (${e}) must not be greater than the number of rows (${s}).`),i=N(e<0?s:e,"numLower","bandPart")):(T(e.dtype==="int32",()=>"bandPart(): numLower's dtype must be an int32."),i=Nt(Ys(e,0),s,Js(e,s))),typeof t=="number"?(T(t%1===0,()=>`bandPart(): numUpper must be an integer, got ${t}.`),T(t<=a,()=>`bandPart(): numUpper (${t}) must not be greater than the number of columns (${a}).`),u=N(t<0?a:t,"numUpper","bandPart")):(T(t.dtype==="int32",()=>"bandPart(): numUpper's dtype must be an int32."),u=Nt(Ys(t,0),a,Js(t,a)));let l=P(Cr(0,s,1,"int32"),[-1,1]),p=Cr(0,a,1,"int32"),c=he(l,p),m=ri(ho(c,i),Qa(c,Ir(u))),f=Ht([s,a],n.dtype);return P(or(xo(P(n,[-1,s,a])).map(d=>Nt(m,d,f))),o)}var tx=S({bandPart_:g2});function x2(r){let e;if(Array.isArray(r)){e=!1,T(r!=null&&r.length>0,()=>"Gram-Schmidt process: input must not be null, undefined, or empty");let o=r[0].shape[0];for(let s=1;s<r.length;++s)T(r[s].shape[0]===o,()=>`Gram-Schmidt: Non-unique lengths found in the input vectors: (${r[s].shape[0]} vs. ${o})`)}else e=!0,r=go(r,r.shape[0],0).map(o=>ui(o,[0]));T(r.length<=r[0].shape[0],()=>`Gram-Schmidt: Number of vectors (${r.length}) exceeds number of dimensions (${r[0].shape[0]}).`);let t=[],n=r;for(let o=0;o<r.length;++o)t.push(I.tidy(()=>{let s=n[o];if(o>0)for(let a=0;a<o;++a){let i=W(Se(W(t[a],s)),t[a]);s=he(s,i)}return me(s,qs(s,"euclidean"))}));return e?or(t,0):t}var rx=S({gramSchmidt_:x2});function y2(r,e=!1){if(T(r.rank>=2,()=>`qr() requires input tensor to have a rank >= 2, but got rank ${r.rank}`),r.rank===2)return nx(r,e);{let t=r.shape.slice(0,r.shape.length-2).reduce((u,l)=>u*l),n=xo(P(r,[t,r.shape[r.shape.length-2],r.shape[r.shape.length-1]]),0),o=[],s=[];n.forEach(u=>{let[l,p]=nx(u,e);o.push(l),s.push(p)});let a=P(or(o,0),r.shape),i=P(or(s,0),r.shape);return[a,i]}}function nx(r,e=!1){return I.tidy(()=>{T(r.shape.length===2,()=>`qr2d() requires a 2D Tensor, but got a ${r.shape.length}D Tensor.`);let t=r.shape[0],n=r.shape[1],o=Ng(t),s=Tt(r),a=Nu([[1]],[1,1]),i=Tt(a),u=t>=n?n:t;for(let l=0;l<u;++l){let p=s,c=i,m=o;[i,s,o]=I.tidy(()=>{let f=rt(s,[l,l],[t-l,1]),d=qs(f),g=rt(s,[l,l],[1,1]),h=Nt(un(g,0),Nu([[-1]]),Nu([[1]])),x=he(g,W(h,d)),b=me(f,x);b.shape[0]===1?i=Tt(a):i=mo([a,rt(b,[1,0],[b.shape[0]-1,b.shape[1]])],0);let C=Ir(me(Ae(h,x),d)),E=rt(s,[l,0],[t-l,n]),k=W(C,i),A=li(i);if(l===0)s=he(E,Ae(k,Ae(A,E)));else{let D=he(E,Ae(k,Ae(A,E)));s=mo([rt(s,[0,0],[l,n]),D],0)}let R=li(k),F=rt(o,[0,l],[t,o.shape[1]-l]);if(l===0)o=he(F,Ae(Ae(F,i),R));else{let D=he(F,Ae(Ae(F,i),R));o=mo([rt(o,[0,0],[t,l]),D],1)}return[i,s,o]}),ve([p,c,m])}return!e&&t>n&&(o=rt(o,[0,0],[t,n]),s=rt(s,[0,0],[n,n])),[o,s]})}var ox=S({qr_:y2});var sx={flipLeftRight:Mg,grayscaleToRGB:Ug,resizeNearestNeighbor:Zg,resizeBilinear:Qg,rgbToGrayscale:Vg,rotateWithOffset:Gg,cropAndResize:Lg,nonMaxSuppression:Wg,nonMaxSuppressionAsync:Hg,nonMaxSuppressionWithScore:qg,nonMaxSuppressionWithScoreAsync:jg,nonMaxSuppressionPadded:Xg,nonMaxSuppressionPaddedAsync:Yg,threshold:Jg,transform:ex},ax={bandPart:tx,gramSchmidt:rx,qr:ox};var b2=new Map,w2=new Map,Tu=class{getClassName(){return this.constructor.className}static fromConfig(e,t){return new e(t)}},Om=class r{constructor(){this.classNameMap={}}static getMap(){return r.instance==null&&(r.instance=new r),r.instance}static register(e){r.getMap().classNameMap[e.className]=[e,e.fromConfig]}};function ix(r,e,t){T(r.className!=null,()=>"Class being registered does not have the static className property defined."),T(typeof r.className=="string",()=>"className is required to be a string, but got type "+typeof r.className),T(r.className.length>0,()=>"Class being registered has an empty-string as its className, which is disallowed."),typeof e>"u"&&(e="Custom"),typeof t>"u"&&(t=r.className);let n=t,o=e+">"+n;return Om.register(r),b2.set(o,r),w2.set(r,o),r}var ct=class extends Tu{minimize(e,t=!1,n){let{value:o,grads:s}=this.computeGradients(e,n);if(n!=null){let a=n.map(i=>({name:i.name,tensor:s[i.name]}));this.applyGradients(a)}else this.applyGradients(s);return ve(s),t?o:(o.dispose(),null)}get iterations(){return this.iterations_==null&&(this.iterations_=0),this.iterations_}incrementIterations(){this.iterations_=this.iterations+1}computeGradients(e,t){return Cg(e,t)}dispose(){this.iterations_!=null&&ve(this.iterations_)}async saveIterations(){return this.iterations_==null&&(this.iterations_=0),{name:"iter",tensor:Be(this.iterations_,"int32")}}async getWeights(){throw new Error("getWeights() is not implemented for this optimizer yet.")}async setWeights(e){throw new Error(`setWeights() is not implemented for this optimizer class ${this.getClassName()}`)}async extractIterations(e){return this.iterations_=(await e[0].tensor.data())[0],e.slice(1)}};Object.defineProperty(ct,Symbol.hasInstance,{value:r=>r.minimize!=null&&r.computeGradients!=null&&r.applyGradients!=null});var Eu=class extends ct{static get className(){return"Adadelta"}constructor(e,t,n=null){super(),this.learningRate=e,this.rho=t,this.epsilon=n,this.accumulatedGrads=[],this.accumulatedUpdates=[],n==null&&(this.epsilon=I.backend.epsilon())}applyGradients(e){(Array.isArray(e)?e.map(n=>n.name):Object.keys(e)).forEach((n,o)=>{let s=I.registeredVariables[n],a=!1;this.accumulatedGrads[o]==null&&(this.accumulatedGrads[o]={originalName:`${n}/accum_grad`,variable:J(()=>Ve(s).variable(a))}),this.accumulatedUpdates[o]==null&&(this.accumulatedUpdates[o]={originalName:`${n}/accum_var`,variable:J(()=>Ve(s).variable(a))});let i=Array.isArray(e)?e[o].tensor:e[n];if(i==null)return;let u=this.accumulatedGrads[o].variable,l=this.accumulatedUpdates[o].variable;J(()=>{let p=X(W(u,this.rho),W(ot(i),1-this.rho)),c=W(me(nt(X(l,this.epsilon)),nt(X(u,this.epsilon))),i),m=X(W(l,this.rho),W(ot(c),1-this.rho));u.assign(p),l.assign(m);let f=X(W(c,-this.learningRate),s);s.assign(f)})}),this.incrementIterations()}dispose(){this.accumulatedUpdates!=null&&(ve(this.accumulatedGrads.map(e=>e.variable)),ve(this.accumulatedUpdates.map(e=>e.variable)))}async getWeights(){let e=[...this.accumulatedGrads,...this.accumulatedUpdates];return[await this.saveIterations()].concat(e.map(t=>({name:t.originalName,tensor:t.variable})))}async setWeights(e){e=await this.extractIterations(e);let t=e.length/2,n=!1;this.accumulatedGrads=e.slice(0,t).map(o=>({originalName:o.name,variable:o.tensor.variable(n)})),this.accumulatedUpdates=e.slice(t,t*2).map(o=>({originalName:o.name,variable:o.tensor.variable(n)}))}getConfig(){return{learningRate:this.learningRate,rho:this.rho,epsilon:this.epsilon}}static fromConfig(e,t){return new e(t.learningRate,t.rho,t.epsilon)}};var _u=class extends ct{static get className(){return"Adagrad"}constructor(e,t=.1){super(),this.learningRate=e,this.initialAccumulatorValue=t,this.accumulatedGrads=[]}applyGradients(e){(Array.isArray(e)?e.map(n=>n.name):Object.keys(e)).forEach((n,o)=>{let s=I.registeredVariables[n];this.accumulatedGrads[o]==null&&(this.accumulatedGrads[o]={originalName:`${n}/accumulator`,variable:J(()=>br(s.shape,this.initialAccumulatorValue).variable(!1))});let a=Array.isArray(e)?e[o].tensor:e[n];if(a==null)return;let i=this.accumulatedGrads[o].variable;J(()=>{let u=X(i,ot(a));i.assign(u);let l=X(W(me(a,nt(X(u,I.backend.epsilon()))),-this.learningRate),s);s.assign(l)})}),this.incrementIterations()}dispose(){this.accumulatedGrads!=null&&ve(this.accumulatedGrads.map(e=>e.variable))}async getWeights(){return[await this.saveIterations()].concat(this.accumulatedGrads.map(e=>({name:e.originalName,tensor:e.variable})))}async setWeights(e){e=await this.extractIterations(e);let t=!1;this.accumulatedGrads=e.map(n=>({originalName:n.name,variable:n.tensor.variable(t)}))}getConfig(){return{learningRate:this.learningRate,initialAccumulatorValue:this.initialAccumulatorValue}}static fromConfig(e,t){return new e(t.learningRate,t.initialAccumulatorValue)}};var ku=class extends ct{static get className(){return"Adam"}constructor(e,t,n,o=null){super(),this.learningRate=e,this.beta1=t,this.beta2=n,this.epsilon=o,this.accumulatedFirstMoment=[],this.accumulatedSecondMoment=[],J(()=>{this.accBeta1=Be(t).variable(),this.accBeta2=Be(n).variable()}),o==null&&(this.epsilon=I.backend.epsilon())}applyGradients(e){let t=Array.isArray(e)?e.map(n=>n.name):Object.keys(e);J(()=>{let n=he(1,this.accBeta1),o=he(1,this.accBeta2);t.forEach((s,a)=>{let i=I.registeredVariables[s],u=!1;this.accumulatedFirstMoment[a]==null&&(this.accumulatedFirstMoment[a]={originalName:`${s}/m`,variable:J(()=>Ve(i).variable(u))}),this.accumulatedSecondMoment[a]==null&&(this.accumulatedSecondMoment[a]={originalName:`${s}/v`,variable:J(()=>Ve(i).variable(u))});let l=Array.isArray(e)?e[a].tensor:e[s];if(l==null)return;let p=this.accumulatedFirstMoment[a].variable,c=this.accumulatedSecondMoment[a].variable,m=X(W(p,this.beta1),W(l,1-this.beta1)),f=X(W(c,this.beta2),W(ot(l),1-this.beta2)),d=me(m,n),g=me(f,o);p.assign(m),c.assign(f);let h=X(W(me(d,X(nt(g),this.epsilon)),-this.learningRate),i);i.assign(h)}),this.accBeta1.assign(W(this.accBeta1,this.beta1)),this.accBeta2.assign(W(this.accBeta2,this.beta2))}),this.incrementIterations()}dispose(){this.accBeta1.dispose(),this.accBeta2.dispose(),this.accumulatedFirstMoment!=null&&ve(this.accumulatedFirstMoment.map(e=>e.variable)),this.accumulatedSecondMoment!=null&&ve(this.accumulatedSecondMoment.map(e=>e.variable))}async getWeights(){let e=[...this.accumulatedFirstMoment,...this.accumulatedSecondMoment];return[await this.saveIterations()].concat(e.map(t=>({name:t.originalName,tensor:t.variable})))}async setWeights(e){e=await this.extractIterations(e),J(()=>{this.accBeta1.assign(an(this.beta1,this.iterations_+1)),this.accBeta2.assign(an(this.beta2,this.iterations_+1))});let t=e.length/2,n=!1;this.accumulatedFirstMoment=e.slice(0,t).map(o=>({originalName:o.name,variable:o.tensor.variable(n)})),this.accumulatedSecondMoment=e.slice(t,t*2).map(o=>({originalName:o.name,variable:o.tensor.variable(n)}))}getConfig(){return{learningRate:this.learningRate,beta1:this.beta1,beta2:this.beta2,epsilon:this.epsilon}}static fromConfig(e,t){return new e(t.learningRate,t.beta1,t.beta2,t.epsilon)}};var Au=class extends ct{static get className(){return"Adamax"}constructor(e,t,n,o=null,s=0){super(),this.learningRate=e,this.beta1=t,this.beta2=n,this.epsilon=o,this.decay=s,this.accumulatedFirstMoment=[],this.accumulatedWeightedInfNorm=[],J(()=>{this.iteration=Be(0).variable(),this.accBeta1=Be(t).variable()}),o==null&&(this.epsilon=I.backend.epsilon())}applyGradients(e){let t=Array.isArray(e)?e.map(n=>n.name):Object.keys(e);J(()=>{let n=he(1,this.accBeta1),o=me(-this.learningRate,X(W(this.iteration,this.decay),1));t.forEach((s,a)=>{let i=I.registeredVariables[s],u=!1;this.accumulatedFirstMoment[a]==null&&(this.accumulatedFirstMoment[a]={originalName:`${s}/m`,variable:Ve(i).variable(u)}),this.accumulatedWeightedInfNorm[a]==null&&(this.accumulatedWeightedInfNorm[a]={originalName:`${s}/v`,variable:Ve(i).variable(u)});let l=Array.isArray(e)?e[a].tensor:e[s];if(l==null)return;let p=this.accumulatedFirstMoment[a].variable,c=this.accumulatedWeightedInfNorm[a].variable,m=X(W(p,this.beta1),W(l,1-this.beta1)),f=W(c,this.beta2),d=wt(l),g=ni(f,d);p.assign(m),c.assign(g);let h=X(W(me(o,n),me(m,X(g,this.epsilon))),i);i.assign(h)}),this.iteration.assign(X(this.iteration,1)),this.accBeta1.assign(W(this.accBeta1,this.beta1))}),this.incrementIterations()}dispose(){this.accBeta1.dispose(),this.iteration.dispose(),this.accumulatedFirstMoment!=null&&ve(this.accumulatedFirstMoment.map(e=>e.variable)),this.accumulatedWeightedInfNorm!=null&&ve(this.accumulatedWeightedInfNorm.map(e=>e.variable))}async getWeights(){throw new Error("getWeights() is not implemented for Adamax yet.")}async setWeights(e){throw new Error("setWeights() is not implemented for Adamax yet.")}getConfig(){return{learningRate:this.learningRate,beta1:this.beta1,beta2:this.beta2,epsilon:this.epsilon,decay:this.decay}}static fromConfig(e,t){return new e(t.learningRate,t.beta1,t.beta2,t.epsilon,t.decay)}};var ta=class extends ct{static get className(){return"SGD"}constructor(e){super(),this.learningRate=e,this.setLearningRate(e)}applyGradients(e){(Array.isArray(e)?e.map(n=>n.name):Object.keys(e)).forEach((n,o)=>{let s=Array.isArray(e)?e[o].tensor:e[n];if(s==null)return;let a=I.registeredVariables[n];J(()=>{let i=X(W(this.c,s),a);a.assign(i)})}),this.incrementIterations()}setLearningRate(e){this.learningRate=e,this.c!=null&&this.c.dispose(),this.c=ou(Be(-e))}dispose(){this.c.dispose()}async getWeights(){return[await this.saveIterations()]}async setWeights(e){if(e=await this.extractIterations(e),e.length!==0)throw new Error("SGD optimizer does not have settable weights.")}getConfig(){return{learningRate:this.learningRate}}static fromConfig(e,t){return new e(t.learningRate)}};var $u=class extends ta{static get className(){return"Momentum"}constructor(e,t,n=!1){super(e),this.learningRate=e,this.momentum=t,this.useNesterov=n,this.accumulations=[],this.m=Be(this.momentum)}applyGradients(e){(Array.isArray(e)?e.map(n=>n.name):Object.keys(e)).forEach((n,o)=>{let s=I.registeredVariables[n];this.accumulations[o]==null&&(this.accumulations[o]={originalName:`${n}/momentum`,variable:J(()=>Ve(s).variable(!1))});let a=this.accumulations[o].variable,i=Array.isArray(e)?e[o].tensor:e[n];i!=null&&J(()=>{let u,l=X(W(this.m,a),i);this.useNesterov?u=X(W(this.c,X(i,W(l,this.m))),s):u=X(W(this.c,l),s),a.assign(l),s.assign(u)})}),this.incrementIterations()}dispose(){this.m.dispose(),this.accumulations!=null&&ve(this.accumulations.map(e=>e.variable))}setMomentum(e){this.momentum=e}async getWeights(){return[await this.saveIterations()].concat(this.accumulations.map(e=>({name:e.originalName,tensor:e.variable})))}async setWeights(e){e=await this.extractIterations(e);let t=!1;this.accumulations=e.map(n=>({originalName:n.name,variable:n.tensor.variable(t)}))}getConfig(){return{learningRate:this.learningRate,momentum:this.momentum,useNesterov:this.useNesterov}}static fromConfig(e,t){return new e(t.learningRate,t.momentum,t.useNesterov)}};var Ru=class extends ct{static get className(){return"RMSProp"}constructor(e,t=.9,n=0,o=null,s=!1){if(super(),this.learningRate=e,this.decay=t,this.momentum=n,this.epsilon=o,this.accumulatedMeanSquares=[],this.accumulatedMoments=[],this.accumulatedMeanGrads=[],this.centered=s,o==null&&(this.epsilon=I.backend.epsilon()),e==null)throw new Error("learningRate for RMSPropOptimizer must be defined.")}applyGradients(e){(Array.isArray(e)?e.map(n=>n.name):Object.keys(e)).forEach((n,o)=>{let s=I.registeredVariables[n],a=!1;this.accumulatedMeanSquares[o]==null&&(this.accumulatedMeanSquares[o]={originalName:`${n}/rms`,variable:J(()=>Ve(s).variable(a))}),this.accumulatedMoments[o]==null&&(this.accumulatedMoments[o]={originalName:`${n}/momentum`,variable:J(()=>Ve(s).variable(a))}),this.accumulatedMeanGrads[o]==null&&this.centered&&(this.accumulatedMeanGrads[o]={originalName:`${n}/mg`,variable:J(()=>Ve(s).variable(a))});let i=Array.isArray(e)?e[o].tensor:e[n];if(i==null)return;let u=this.accumulatedMeanSquares[o].variable,l=this.accumulatedMoments[o].variable;J(()=>{let p=X(W(u,this.decay),W(ot(i),1-this.decay));if(this.centered){let c=this.accumulatedMeanGrads[o].variable,m=X(W(c,this.decay),W(i,1-this.decay)),f=me(W(i,this.learningRate),nt(he(p,X(ot(m),this.epsilon)))),d=X(W(l,this.momentum),f);u.assign(p),c.assign(m),l.assign(d);let g=he(s,d);s.assign(g)}else{let c=X(W(u,this.decay),W(ot(i),1-this.decay)),m=X(W(l,this.momentum),me(W(i,this.learningRate),nt(X(c,this.epsilon))));u.assign(c),l.assign(m);let f=he(s,m);s.assign(f)}})}),this.incrementIterations()}dispose(){this.accumulatedMeanSquares!=null&&ve(this.accumulatedMeanSquares.map(e=>e.variable)),this.accumulatedMeanGrads!=null&&this.centered&&ve(this.accumulatedMeanGrads.map(e=>e.variable)),this.accumulatedMoments!=null&&ve(this.accumulatedMoments.map(e=>e.variable))}async getWeights(){let e=[...this.accumulatedMeanSquares,...this.accumulatedMoments];return this.centered&&e.push(...this.accumulatedMeanGrads),[await this.saveIterations()].concat(e.map(t=>({name:t.originalName,tensor:t.variable})))}async setWeights(e){e=await this.extractIterations(e);let t=this.centered?e.length/3:e.length/2,n=!1;this.accumulatedMeanSquares=e.slice(0,t).map(o=>({originalName:o.name,variable:o.tensor.variable(n)})),this.accumulatedMoments=e.slice(t,t*2).map(o=>({originalName:o.name,variable:o.tensor.variable(n)})),this.centered&&(this.accumulatedMeanGrads=e.slice(t*2,t*3).map(o=>({originalName:o.name,variable:o.tensor.variable(n)})))}getConfig(){return{learningRate:this.learningRate,decay:this.decay,momentum:this.momentum,epsilon:this.epsilon,centered:this.centered}}static fromConfig(e,t){return new e(t.learningRate,t.decay,t.momentum,t.epsilon,t.centered)}};var N2=[Eu,_u,ku,Au,$u,Ru,ta];function ux(){for(let r of N2)ix(r)}var Pu={};ue(Pu,{CompositeArrayBuffer:()=>je,browserFiles:()=>px,browserHTTPRequest:()=>dx,concatenateArrayBuffers:()=>Xh,copyModel:()=>lg,decodeWeights:()=>su,decodeWeightsStream:()=>au,encodeWeights:()=>Kh,fromMemory:()=>hx,fromMemorySync:()=>Vm,getLoadHandlers:()=>Jh,getModelArtifactsForJSON:()=>Us,getModelArtifactsForJSONSync:()=>sc,getModelArtifactsInfoForJSON:()=>er,getSaveHandlers:()=>Zh,getWeightSpecs:()=>La,http:()=>Du,isHTTPScheme:()=>Fu,listModels:()=>ig,loadWeights:()=>mx,moveModel:()=>pg,registerLoadRouter:()=>Qh,registerSaveRouter:()=>Yh,removeModel:()=>ug,weightsLoaderFactory:()=>Mm,withSaveHandler:()=>gx,withSaveHandlerSync:()=>xx});var I2="model",C2=".json",v2=".weights.bin";function lx(r){return new Promise(e=>setTimeout(e)).then(r)}var ra=class r{constructor(e){if(!_().getBool("IS_BROWSER"))throw new Error("browserDownloads() cannot proceed because the current environment is not a browser.");e.startsWith(r.URL_SCHEME)&&(e=e.slice(r.URL_SCHEME.length)),(e==null||e.length===0)&&(e=I2),this.modelJsonFileName=e+C2,this.weightDataFileName=e+v2}async save(e){if(typeof document>"u")throw new Error("Browser downloads are not supported in this environment since `document` is not present");let t=je.join(e.weightData),n=window.URL.createObjectURL(new Blob([t],{type:"application/octet-stream"}));if(e.modelTopology instanceof ArrayBuffer)throw new Error("BrowserDownloads.save() does not support saving model topology in binary formats yet.");{let o=[{paths:["./"+this.weightDataFileName],weights:e.weightSpecs}],s=iu(e,o),a=window.URL.createObjectURL(new Blob([JSON.stringify(s)],{type:"application/json"})),i=this.modelJsonAnchor==null?document.createElement("a"):this.modelJsonAnchor;if(i.download=this.modelJsonFileName,i.href=a,await lx(()=>i.dispatchEvent(new MouseEvent("click"))),e.weightData!=null){let u=this.weightDataAnchor==null?document.createElement("a"):this.weightDataAnchor;u.download=this.weightDataFileName,u.href=n,await lx(()=>u.dispatchEvent(new MouseEvent("click")))}return{modelArtifactsInfo:er(e)}}}};ra.URL_SCHEME="downloads://";var Pm=class{constructor(e){if(e==null||e.length<1)throw new Error(`When calling browserFiles, at least 1 file is required, but received ${e}`);this.jsonFile=e[0],this.weightsFiles=e.slice(1)}async load(){return new Promise((e,t)=>{let n=new FileReader;n.onload=o=>{let s=JSON.parse(o.target.result),a=s.modelTopology;if(a==null){t(new Error(`modelTopology field is missing from file ${this.jsonFile.name}`));return}if(s.weightsManifest==null){t(new Error(`weightManifest field is missing from file ${this.jsonFile.name}`));return}if(this.weightsFiles.length===0){e({modelTopology:a});return}let u=Us(s,l=>this.loadWeights(l));e(u)},n.onerror=o=>t(`Failed to read model topology and weights manifest JSON from file '${this.jsonFile.name}'. BrowserFiles supports loading Keras-style tf.Model artifacts only.`),n.readAsText(this.jsonFile)})}loadWeights(e){let t=[],n=[];for(let a of e)t.push(...a.weights),n.push(...a.paths);let o=this.checkManifestAndWeightFiles(e),s=n.map(a=>this.loadWeightsFile(a,o[a]));return Promise.all(s).then(a=>[t,a])}loadWeightsFile(e,t){return new Promise((n,o)=>{let s=new FileReader;s.onload=a=>{let i=a.target.result;n(i)},s.onerror=a=>o(`Failed to weights data from file of path '${e}'.`),s.readAsArrayBuffer(t)})}checkManifestAndWeightFiles(e){let t=[],n=this.weightsFiles.map(s=>oc(s.name)),o={};for(let s of e)s.paths.forEach(a=>{let i=oc(a);if(t.indexOf(i)!==-1)throw new Error(`Duplicate file basename found in weights manifest: '${i}'`);if(t.push(i),n.indexOf(i)===-1)throw new Error(`Weight file with basename '${i}' is not provided.`);o[a]=this.weightsFiles[n.indexOf(i)]});if(t.length!==this.weightsFiles.length)throw new Error(`Mismatch in the number of files in weights manifest (${t.length}) and the number of weight files provided (${this.weightsFiles.length}).`);return o}},S2=r=>_().getBool("IS_BROWSER")&&!Array.isArray(r)&&r.startsWith(ra.URL_SCHEME)?T2(r.slice(ra.URL_SCHEME.length)):null;Ue.registerSaveRouter(S2);function T2(r="model"){return new ra(r)}function px(r){return new Pm(r)}function Bm(r,e,t,n){a(r),t=t??0,n=n??1,i(t,n);let o=0,s=u=>(u.then(l=>{let p=t+ ++o/r.length*(n-t);return e(p),l}),u);function a(u){T(u!=null&&Array.isArray(u)&&u.length>0,()=>"promises must be a none empty array")}function i(u,l){T(u>=0&&u<=1,()=>`Progress fraction must be in range [0, 1], but got startFraction ${u}`),T(l>=0&&l<=1,()=>`Progress fraction must be in range [0, 1], but got endFraction ${l}`),T(l>=u,()=>`startFraction must be no more than endFraction, but got startFraction ${u} and endFraction ${l}`)}return Promise.all(r.map(s))}async function Lm(r,e){e==null&&(e={});let t=e.fetchFunc==null?_().platform.fetch:e.fetchFunc,n=r.map(c=>t(c,e.requestInit,{isBinary:!0})),i=(e.onProgress==null?await Promise.all(n):await Bm(n,e.onProgress,0,.5)).map(c=>c.arrayBuffer());return e.onProgress==null?await Promise.all(i):await Bm(i,e.onProgress,.5,1)}function cx(r,e){var t;let n=e.fetchFunc==null?_().platform.fetch:e.fetchFunc,o=0,s;return(t=e.onProgress)===null||t===void 0||t.call(e,0),new ReadableStream({pull:async a=>{for(var i;o<r.length;){s||(s=(await n(r[o],e.requestInit,{isBinary:!0})).body.getReader());let{done:u,value:l}=await s.read();if(u){o++,s=void 0,(i=e.onProgress)===null||i===void 0||i.call(e,o/r.length);continue}a.enqueue(l);return}a.close()}})}async function mx(r,e="",t,n){return Mm(a=>Lm(a,{requestInit:n}))(r,e,t)}function Mm(r){return async(e,t="",n)=>{let o=e.map(()=>!1),s={},a=n!=null?n.map(()=>!1):[],i=[];if(e.forEach((f,d)=>{let g=0;f.weights.forEach(h=>{let x="quantization"in h?h.quantization.dtype:h.dtype,b=hr[x]*ne(h.shape),C=()=>{o[d]=!0,s[d]==null&&(s[d]=[]),s[d].push({manifestEntry:h,groupOffset:g,sizeBytes:b})};n!=null?n.forEach((E,k)=>{E===h.name&&(C(),a[k]=!0)}):C(),i.push(h.name),g+=b})}),!a.every(f=>f)){let f=n.filter((d,g)=>!a[g]);throw new Error(`Could not find weights in manifest with names: ${f.join(", ")}. 
Manifest JSON has weights with names: ${i.join(", ")}.`)}let u=o.reduce((f,d,g)=>(d&&f.push(g),f),[]),l=[];u.forEach(f=>{e[f].paths.forEach(d=>{let g=t+(t.endsWith("/")?"":"/")+d;l.push(g)})});let p=await r(l),c={},m=0;return u.forEach(f=>{let d=e[f].paths.length,g=new je(p.slice(m,m+d));s[f].forEach(x=>{let b=g.slice(x.groupOffset,x.groupOffset+x.sizeBytes),C=su(b,[x.manifestEntry]);for(let E in C)c[E]=C[E]}),m+=d}),c}}var E2="application/octet-stream",_2="application/json",pi=class{constructor(e,t){if(this.DEFAULT_METHOD="POST",t==null&&(t={}),this.weightPathPrefix=t.weightPathPrefix,this.weightUrlConverter=t.weightUrlConverter,t.fetchFunc!=null?(T(typeof t.fetchFunc=="function",()=>"Must pass a function that matches the signature of `fetch` (see https://developer.mozilla.org/en-US/docs/Web/API/Fetch_API)"),this.fetch=t.fetchFunc):this.fetch=_().platform.fetch,T(e!=null&&e.length>0,()=>"URL path for http must not be null, undefined or empty."),Array.isArray(e)&&T(e.length===2,()=>`URL paths for http must have a length of 2, (actual length is ${e.length}).`),this.path=e,t.requestInit!=null&&t.requestInit.body!=null)throw new Error("requestInit is expected to have no pre-existing body, but has one.");this.requestInit=t.requestInit||{},this.loadOptions=t}async save(e){if(e.modelTopology instanceof ArrayBuffer)throw new Error("BrowserHTTPRequest.save() does not support saving model topology in binary formats yet.");let t=Object.assign({method:this.DEFAULT_METHOD},this.requestInit);t.body=new FormData;let n=[{paths:["./model.weights.bin"],weights:e.weightSpecs}],o=iu(e,n);if(t.body.append("model.json",new Blob([JSON.stringify(o)],{type:_2}),"model.json"),e.weightData!=null){let a=je.join(e.weightData);t.body.append("model.weights.bin",new Blob([a],{type:E2}),"model.weights.bin")}let s=await this.fetch(this.path,t);if(s.ok)return{modelArtifactsInfo:er(e),responses:[s]};throw new Error(`BrowserHTTPRequest.save() failed due to HTTP response status ${s.status}.`)}async loadModelJSON(){let e=await this.fetch(this.path,this.requestInit);if(!e.ok)throw new Error(`Request to ${this.path} failed with status code ${e.status}. Please verify this URL points to the model JSON of the model to load.`);let t;try{t=await e.json()}catch{let a=`Failed to parse model JSON of response from ${this.path}.`;throw this.path.endsWith(".pb")?a+=" Your path contains a .pb file extension. Support for .pb models have been removed in TensorFlow.js 1.0 in favor of .json models. You can re-convert your Python TensorFlow model using the TensorFlow.js 1.0 conversion scripts or you can convert your.pb models with the 'pb2json'NPM script in the tensorflow/tfjs-converter repository.":a+=" Please make sure the server is serving valid JSON for this request.",new Error(a)}let n=t.modelTopology,o=t.weightsManifest;if(n==null&&o==null)throw new Error(`The JSON from HTTP path ${this.path} contains neither model topology or manifest for weights.`);return t}async load(){if(this.loadOptions.streamWeights)return this.loadStream();let e=await this.loadModelJSON();return Us(e,t=>this.loadWeights(t))}async loadStream(){let e=await this.loadModelJSON(),t=await this.getWeightUrls(e.weightsManifest),n=La(e.weightsManifest),o=()=>cx(t,this.loadOptions);return Object.assign(Object.assign({},e),{weightSpecs:n,getWeightStream:o})}async getWeightUrls(e){let t=Array.isArray(this.path)?this.path[1]:this.path,[n,o]=k2(t),s=this.weightPathPrefix||n,a=[],i=[];for(let u of e)for(let l of u.paths)this.weightUrlConverter!=null?i.push(this.weightUrlConverter(l)):a.push(s+l+o);return this.weightUrlConverter&&a.push(...await Promise.all(i)),a}async loadWeights(e){let t=await this.getWeightUrls(e),n=La(e),o=await Lm(t,this.loadOptions);return[n,o]}};pi.URL_SCHEME_REGEX=/^https?:\/\//;function k2(r){let e=r.lastIndexOf("/"),t=r.lastIndexOf("?"),n=r.substring(0,e),o=t>e?r.substring(t):"";return[n+"/",o]}function Fu(r){return r.match(pi.URL_SCHEME_REGEX)!=null}var fx=(r,e)=>{if(typeof fetch>"u"&&(e==null||e.fetchFunc==null))return null;{let t=!0;if(Array.isArray(r)?t=r.every(n=>Fu(n)):t=Fu(r),t)return Du(r,e)}return null};Ue.registerSaveRouter(fx);Ue.registerLoadRouter(fx);function Du(r,e){return new pi(r,e)}function dx(r,e){return Du(r,e)}var ci=class{constructor(e){this.modelArtifacts=e}load(){return this.modelArtifacts}},Ou=class{constructor(e){this.saveHandler=e}save(e){return this.saveHandler(e)}},Um=class{constructor(e){e.load&&(this.load=()=>Promise.resolve(e.load())),e.save&&(this.save=t=>Promise.resolve(e.save(t)))}};function hx(r,e,t,n){let o=arguments;return new Um(Vm(...o))}function Vm(r,e,t,n){return arguments.length===1?r.modelTopology!=null||r.weightSpecs!=null?new ci(r):(console.warn("Please call tf.io.fromMemory() with only one argument. The argument should be of type ModelArtifacts. The multi-argument signature of tf.io.fromMemory() has been deprecated and will be removed in a future release."),new ci({modelTopology:r})):(console.warn("Please call tf.io.fromMemory() with only one argument. The argument should be of type ModelArtifacts. The multi-argument signature of tf.io.fromMemory() has been deprecated and will be removed in a future release."),new ci({modelTopology:r,weightSpecs:e,weightData:t,trainingConfig:n}))}function gx(r){return new Ou(r)}function xx(r){return new Ou(r)}var Bu={};ue(Bu,{prepareAndValidate:()=>yx});function yx(r,e){let t=r.shape.length,n=e.shape.length;if(t<1)throw new Error(`tf.gatherND() expects the input to be rank 1 or higher, but the rank was ${t}.`);if(n<1)throw new Error(`tf.gatherND() expects the indices to be rank 1 or higher, but the rank was ${n}.`);if(e.dtype!=="int32")throw new Error(`tf.gatherND() expects the indices to be int32 type, but the dtype was ${e.dtype}.`);if(e.shape[n-1]>t)throw new Error(`index innermost dimension length must be <= tensor rank; saw: ${e.shape[n-1]} vs. ${t}`);if(ne(r.shape)===0)throw new Error(`Requested more than 0 entries, but input is empty. Input shape: ${r.shape}.`);let o=e.shape,s=o[o.length-1],a=1;for(let c=0;c<o.length-1;++c)a*=o[c];let i=r.shape,u=o.slice();u.pop();let l=1;for(let c=s;c<t;++c)l*=i[c],u.push(i[c]);let p=[...Qt(r.shape).map(c=>c/l),1].slice(0,s);return[u,a,l,p]}var De={};ue(De,{assertParamsValid:()=>$2,computeFlatOffset:()=>P2,computeOutShape:()=>F2,getNormalizedAxes:()=>D2,isSliceContinous:()=>O2,maskToAxes:()=>R2,parseSliceParams:()=>B2,sliceInfo:()=>L2,startForAxis:()=>Tx,startIndicesWithElidedDims:()=>Cx,stopForAxis:()=>Ex,stopIndicesWithElidedDims:()=>vx,stridesForAxis:()=>Sx,stridesWithElidedDims:()=>wx});var Gm=-2,A2=-1;function $2(r,e,t){let n=r.shape.length;T(n===e.length,()=>`Error in slice${n}D: Length of begin ${e} must match the rank of the array (${n}).`),T(n===t.length,()=>`Error in slice${n}D: Length of size ${t} must match the rank of the array (${n}).`);for(let o=0;o<n;++o)T(e[o]+t[o]<=r.shape[o],()=>`Error in slice${n}D: begin[${o}] + size[${o}] (${e[o]+t[o]}) would overflow input.shape[${o}] (${r.shape[o]})`)}function R2(r){let e=[],t=0;for(;r>0;)r&1&&e.push(t),r/=2,t++;return e}function F2(r,e,t){let n=[];for(let o=0;o<r.length;o++)n[o]=Math.ceil((e[o]-r[o])/t[o]);return n}function wx(r,e,t,n){let o=[...r];for(let s=o.length;s<n.length;s++)o.push(1);for(let s=0;s<t;s++)s===0?o[e]=1:(o.splice(e,0,1),o.pop());return o}function Nx(r,e,t){return t<=r?t:t-(e-1)}function Ix(r,e){let t=[];for(let n=0;n<r;n++)t.push(e+n);return t}function D2(r,e,t,n,o,s,a,i,u){let l=r.length,p=new Array(l),c=new Array(l),m=new Array(l);if(e.length&&t>0){let f=e[0],d=t+1;p=Cx(a,f,d,n,r),c=vx(i,f,d,o,r),m=wx(s,f,d,r)}else for(let f=0;f<l;f++)p[f]=Tx(a,n,s,r,f,u),c[f]=Ex(i,o,s,r,f,u),m[f]=Sx(s,f,u);return{begin:p,end:c,strides:m}}function Cx(r,e,t,n,o){let s=[...o],a=Ix(t,e);for(let i=0;i<s.length;i++)if(a.indexOf(i)>-1)s[i]=0;else{let u=Nx(e,t,i),l=n[u];r&1<<u&&(l=0),s[i]=l}return s}function vx(r,e,t,n,o){let s=[...o],a=Ix(t,e);for(let i=0;i<s.length;i++)if(a.indexOf(i)>-1)s[i]=Number.MAX_SAFE_INTEGER;else{let u=Nx(e,t,i),l=n[u];r&1<<u&&(l=Number.MAX_SAFE_INTEGER),s[i]=l}for(let i=0;i<s.length;i++){let u=o[i];s[i]<0&&(s[i]+=u),s[i]=Po(0,s[i],o[i])}return s}function Sx(r,e,t){let n=r[e];return(t&1<<e||n==null)&&(n=1),n}function Tx(r,e,t,n,o,s){let a=e[o],i=t[o]||1;(r&1<<o||s&1<<o||a==null)&&(i>0?a=Number.MIN_SAFE_INTEGER:a=Number.MAX_SAFE_INTEGER);let u=n[o];return a<0&&(a+=u),a=Po(0,a,u-1),a}function Ex(r,e,t,n,o,s){let a=e[o],i=t[o]||1;(r&1<<o||s&1<<o||a==null)&&(i>0?a=Number.MAX_SAFE_INTEGER:a=Number.MIN_SAFE_INTEGER);let u=n[o];return a<0&&(a+=u),i>0?a=Po(0,a,u):a=Po(-1,a,u-1),a}function O2(r,e,t){let n=t.length;for(let o=0;o<t.length;o++)if(t[o]>1){n=o;break}for(let o=n+1;o<t.length;o++)if(e[o]>0||t[o]!==r[o])return!1;return!0}function P2(r,e){let t=r.length>0?r[r.length-1]:1;for(let n=0;n<r.length-1;n++)t+=r[n]*e[n];return t}function B2(r,e,t){let n,o=r.shape.length;typeof e=="number"?n=[e,...new Array(o-1).fill(0)]:e.length<o?n=e.concat(new Array(o-e.length).fill(0)):n=e.slice(),n.forEach(a=>{T(a!==-1,()=>"slice() does not support negative begin indexing.")});let s;return t==null?s=new Array(o).fill(-1):typeof t=="number"?s=[t,...new Array(o-1).fill(-1)]:t.length<o?s=t.concat(new Array(o-t.length).fill(-1)):s=t,s=s.map((a,i)=>a>=0?a:(T(a===-1,()=>`Negative size values should be exactly -1 but got ${a} for the slice() size at index ${i}.`),r.shape[i]-n[i])),[n,s]}function L2(r,e,t,n,o,s,a,i,u){let l;if(n==null?(l=new Array(e.length),l.fill(1)):l=n,a!=null&&(a&a-1)!==0)throw new Error("Multiple ellipses in slice is not allowed.");let p=!1,c={dims:l.length,numAddAxisAfterEllipsis:0,begin:e.slice(),end:t.slice(),strides:l.slice(),beginMask:o,endMask:s,ellipsisMask:a,newAxisMask:i,shrinkAxisMask:u};for(let C=0;C<c.dims;C++)p&&(1<<C&i)!==0&&c.numAddAxisAfterEllipsis++,1<<C&a&&(p=!0);p||(c.ellipsisMask|=1<<c.dims,c.dims++);let m={dims:r.length,beginMask:0,endMask:0,beginValid:!1,endValid:!1};M2(c,m);let f=!0,d=!0,g=!0,h=[],x=[];for(let C=0;C<r.length;++C){if(m.strides[C]===0)throw Error(`strides[${C}] must be non-zero`);let E=!!(m.shrinkAxisMask&1<<C),k=r[C];if(k===-1){h.push(E?1:-1);continue}let A=[m.beginMask&1<<C,m.endMask&1<<C],R=[m.strides[C]>0?0:-1,m.strides[C]>0?k:k-1];if(E&&m.strides[C]<=0)throw Error("only stride 1 allowed on non-range indexing.");g=g&&m.strides[C]===1;let F=!!(m.beginMask&1<<C&&m.endMask&1<<C);if(m.beginValid&&m.endValid){if(E){let j=m.begin[C]<0?k+m.begin[C]:m.begin[C];if(m.begin[C]=j,m.end[C]=m.begin[C]+1,j<0||j>=k)throw Error(`slice index ${m.begin[C]} of dimension ${C} out of bounds.`)}else m.begin[C]=bx(m.begin[C],0,m.strides[C],k,A,R),m.end[C]=bx(m.end[C],1,m.strides[C],k,A,R);let z=m.strides[C]===1&&m.begin[C]===0&&m.end[C]===k;f=f&&z,d=d&&(C===0&&m.strides[C]===1||z)}else f=f&&m.strides[C]===1&&F,d=d&&(C===0&&m.strides[C]===1||F);let D,L=!1;if(m.beginValid&&m.endValid?(D=m.end[C]-m.begin[C],L=!0):E?(D=1,L=!0):F&&k>=0&&(m.strides[C]<0?D=-k:D=k,L=!0),L){let z;D===0||D<0!=m.strides[C]<0?z=0:z=Math.trunc(D/m.strides[C])+(D%m.strides[C]!==0?1:0),h.push(z)}else h.push(-1)}for(let C=0;C<m.finalShapeGatherIndices.length;++C){let E=m.finalShapeGatherIndices[C];E>=0?x.push(h[E]):E===Gm&&x.push(1)}return{finalShapeSparse:x.filter((C,E)=>m.finalShapeGatherIndices[E]!==Gm),finalShape:x,isIdentity:f,sliceDim0:d,isSimpleSlice:g,begin:m.begin,end:m.end,strides:m.strides}}function M2(r,e){e.beginMask=0,e.endMask=0,e.shrinkAxisMask=0;let t=0;e.beginValid=r.begin!=null,e.endValid=r.end!=null,e.begin=new Array(e.dims),e.end=new Array(e.dims),e.strides=new Array(e.dims),e.finalShapeGatherIndices=[],e.finalShapeGatherIndicesSparse=[],e.inputShapeGatherIndicesSparse=new Array(e.dims);for(let n=0;n<r.dims;n++)if(1<<n&r.ellipsisMask){let o=Math.min(e.dims-(r.dims-n)+1+r.numAddAxisAfterEllipsis,e.dims);for(;t<o;t++)e.begin[t]=0,e.end[t]=0,e.strides[t]=1,e.beginMask|=1<<t,e.endMask|=1<<t,e.finalShapeGatherIndices.push(t),e.finalShapeGatherIndicesSparse.push(-1),e.inputShapeGatherIndicesSparse[t]=n}else if(1<<n&r.newAxisMask)e.finalShapeGatherIndices.push(Gm),e.finalShapeGatherIndicesSparse.push(-1);else{if(t===e.begin.length)throw Error(`Index out of range using input dim ${t}; input has only ${e.dims} dims, ${e.begin.length}.`);r.begin!=null&&(e.begin[t]=r.begin[n]),r.end!=null&&(e.end[t]=r.end[n]),e.strides[t]=r.strides[n],r.beginMask&1<<n&&(e.beginMask|=1<<t),r.endMask&1<<n&&(e.endMask|=1<<t),r.shrinkAxisMask&1<<n?(e.finalShapeGatherIndices.push(A2),e.finalShapeGatherIndicesSparse.push(-1),e.shrinkAxisMask|=1<<t):(e.finalShapeGatherIndices.push(t),e.finalShapeGatherIndicesSparse.push(n)),e.inputShapeGatherIndicesSparse[t]=n,t++}}function bx(r,e,t,n,o,s){if(o[e])return t>0?s[e]:s[e+1&1];{let a=r<0?n+r:r;return a<s[0]?s[0]:a>s[1]?s[1]:a}}var U2=typeof requestAnimationFrame<"u"?requestAnimationFrame:typeof setImmediate<"u"?setImmediate:r=>r();function Wm(){return new Promise(r=>U2(()=>r()))}var v={};ue(v,{ERF_A1:()=>nR,ERF_A2:()=>oR,ERF_A3:()=>sR,ERF_A4:()=>aR,ERF_A5:()=>iR,ERF_P:()=>rR,PARALLELIZE_THRESHOLD:()=>Lu,RowPartitionType:()=>sr,SELU_SCALE:()=>tR,SELU_SCALEALPHA:()=>eR,applyActivation:()=>wo,assertAndGetBroadcastShape:()=>se,assertAxesAreInnerMostDims:()=>xA,assertParamsConsistent:()=>V2,assignToTypedArray:()=>fR,axesAreInnerMostDims:()=>qc,calculateShapes:()=>Tg,checkEinsumDimSizes:()=>bR,checkPadOnDimRoundingMode:()=>ke,combineLocations:()=>bg,combineRaggedTensorToTensorShapes:()=>W2,complexWithEvenIndex:()=>pR,complexWithOddIndex:()=>cR,computeConv2DInfo:()=>co,computeConv3DInfo:()=>dg,computeDefaultPad:()=>Sc,computeDilation2DInfo:()=>Ek,computeOptimalWindowSize:()=>q2,computeOutAndReduceShapes:()=>gA,computeOutShape:()=>G2,computePool2DInfo:()=>_k,computePool3DInfo:()=>kk,convertConv2DDataFormat:()=>hg,decodeEinsumEquation:()=>xR,eitherStridesOrDilationsAreOne:()=>pt,expandShapeToKeepDim:()=>jc,exponent:()=>hR,exponents:()=>dR,fromStringArrayToUint8:()=>UR,fromUint8ToStringArray:()=>MR,getAxesPermutation:()=>yA,getBroadcastDims:()=>yg,getComplexWithIndex:()=>mR,getEinsumComputePath:()=>wR,getEinsumPermutation:()=>yR,getFusedBiasGradient:()=>bo,getFusedDyActivation:()=>yo,getImageCenter:()=>j2,getInnerMostAxes:()=>wA,getPermuted:()=>Y2,getRaggedRank:()=>K2,getReductionAxes:()=>fu,getReshaped:()=>X2,getReshapedPermuted:()=>Q2,getRowPartitionTypesHelper:()=>z2,getSliceBeginCoords:()=>Z2,getSliceSize:()=>J2,getSparseFillEmptyRowsIndicesDenseShapeMismatch:()=>vR,getSparseFillEmptyRowsNegativeIndexErrorMessage:()=>SR,getSparseFillEmptyRowsOutOfRangeIndexErrorMessage:()=>TR,getSparseReshapeEmptyTensorZeroOutputDimErrorMessage:()=>kR,getSparseReshapeInputOutputMismatchErrorMessage:()=>$R,getSparseReshapeInputOutputMultipleErrorMessage:()=>AR,getSparseReshapeMultipleNegativeOneOutputDimErrorMessage:()=>ER,getSparseReshapeNegativeOutputDimErrorMessage:()=>_R,getSparseSegmentReductionIndicesOutOfRangeErrorMessage:()=>OR,getSparseSegmentReductionNegativeSegmentIdsErrorMessage:()=>RR,getSparseSegmentReductionNonIncreasingSegmentIdsErrorMessage:()=>FR,getSparseSegmentReductionSegmentIdOutOfRangeErrorMessage:()=>DR,getUndoAxesPermutation:()=>bA,isIdentityPermutation:()=>NR,log:()=>g_,mergeRealAndImagArrays:()=>uR,prepareAndValidate:()=>yx,prepareSplitSize:()=>CR,segment_util:()=>Km,shouldFuse:()=>No,slice_util:()=>De,splitRealAndImagArrays:()=>lR,stridesOrDilationsArePositive:()=>nr,tupleValuesAreOne:()=>po,upcastType:()=>et,validateDefaultValueShape:()=>H2,validateInput:()=>ea,validateUpdateShape:()=>Rm,warn:()=>fr});function V2(r,e){let t=r[0].length;r.forEach((o,s)=>{T(o.length===t,()=>`Error in concat${t}D: rank of tensors[${s}] must be the same as the rank of the rest (${t})`)}),T(e>=0&&e<t,()=>`Error in concat${t}D: axis must be between 0 and ${t-1}.`);let n=r[0];r.forEach((o,s)=>{for(let a=0;a<t;a++)T(a===e||o[a]===n[a],()=>`Error in concat${t}D: Shape of tensors[${s}] (${o}) does not match the shape of the rest (${n}) along the non-concatenated axis ${s}.`)})}function G2(r,e){let t=r[0].slice();for(let n=1;n<r.length;n++)t[e]+=r[n][e];return t}var sr;(function(r){r[r.FIRST_DIM_SIZE=0]="FIRST_DIM_SIZE",r[r.VALUE_ROWIDS=1]="VALUE_ROWIDS",r[r.ROW_LENGTHS=2]="ROW_LENGTHS",r[r.ROW_SPLITS=3]="ROW_SPLITS",r[r.ROW_LIMITS=4]="ROW_LIMITS",r[r.ROW_STARTS=5]="ROW_STARTS"})(sr||(sr={}));function W2(r,e,t){let n=new Array;if(t==null&&e==null)return n;if(e==null)for(;n.length<r+t.length;)n.push(-1);else n=e.slice();if(t==null)return n;if(r+t.length!==n.length)throw new Error(`rt input.shape and shape=${e} are incompatible: rt input.rank = ${r+t.length}, but shape.rank = ${n.length}`);for(let o=1;o<t.length;++o){let s=t[o],a=n[n.length-t.length+o],i=n[a];if(s>=0)if(i>=0){if(i!==s)throw new Error(`rt input.shape and shape=${e} are incompatible: rt input.shape[${o+r}] = ${s} but shape[${o+r}] = ${i}`)}else n[a]=s}return n}function z2(r){let e={FIRST_DIM_SIZE:sr.FIRST_DIM_SIZE,VALUE_ROWIDS:sr.VALUE_ROWIDS,ROW_LENGTHS:sr.ROW_LENGTHS,ROW_SPLITS:sr.ROW_SPLITS,ROW_LIMITS:sr.ROW_LIMITS,ROW_STARTS:sr.ROW_STARTS},t=[];for(let n of r)if(n in e)t.push(e[n]);else break;return t}function K2(r){return r.length===0?0:r[0]===sr.FIRST_DIM_SIZE?r.length-1:r.length}function H2(r,e){if(r==null||e==null)return;let t=r.length,n=e.length;if(t>=n)throw new Error(`defaultValue.shape=${r} and ragged tensor flatValues.shape=${e}, are incompatible: defaultValue.rank = ${t} must be less than ragged tensor input flatValues.rank = ${n})`);for(let o=0;o<Math.min(t,n-1);++o){let s=r[o],a=e[o+1];if(s>=0&&a>=0&&s!==1&&s!==a)throw new Error(`defaultValue.shape=${r}, and ragged tensor input flatValues.shape=${e} are incompatible: defaultValue.shape[${o-r.length}] = ${s} but ragged tensor input.flatValues.shape[${o-r.length}] = ${a}`)}}var Lu=30;function q2(r){return r<=Lu?r:Uo(r,Math.floor(Math.sqrt(r)))}function j2(r,e,t){let n=t*(typeof r=="number"?r:r[0]),o=e*(typeof r=="number"?r:r[1]);return[n,o]}function X2(r,e,t,n=!0){let o=[];if(n)o=o.concat(e.slice(0)),o.push(r[0]/t),o=o.concat(r.slice(1));else{o=o.concat(r[0]);let s=e.length;for(let a=0;a<s;++a)o=o.concat([r[a+1]/e[a],e[a]]);o=o.concat(r.slice(s+1))}return o}function Y2(r,e,t=!0){let n=[];if(t){n.push(e);for(let o=e+1;o<r;++o)o<=2*e?(n.push(o),n.push(o-(e+1))):n.push(o)}else{let o=[],s=[];for(let a=1;a<r;++a)a>=e*2+1||a%2===1?s.push(a):o.push(a);n.push(...o),n.push(0),n.push(...s)}return n}function Q2(r,e,t,n=!0){let o=[];n?o.push(r[0]/t):o.push(r[0]*t);for(let s=1;s<r.length;++s)s<=e.length?n?o.push(e[s-1]*r[s]):o.push(r[s]/e[s-1]):o.push(r[s]);return o}function Z2(r,e){let t=[0];for(let n=0;n<e;++n)t.push(r[n][0]);return t}function J2(r,e,t){let n=r.slice(0,1);for(let o=0;o<t;++o)n.push(r[o+1]-e[o][0]-e[o][1]);return n}var eR=1.7580993408473768,tR=1.0507009873554805;var rR=.3275911,nR=.254829592,oR=-.284496736,sR=1.421413741,aR=-1.453152027,iR=1.061405429;function uR(r,e){if(r.length!==e.length)throw new Error(`Cannot merge real and imag arrays of different lengths. real:${r.length}, imag: ${e.length}.`);let t=new Float32Array(r.length*2);for(let n=0;n<t.length;n+=2)t[n]=r[n/2],t[n+1]=e[n/2];return t}function lR(r){let e=new Float32Array(r.length/2),t=new Float32Array(r.length/2);for(let n=0;n<r.length;n+=2)e[n/2]=r[n],t[n/2]=r[n+1];return{real:e,imag:t}}function pR(r){let e=Math.ceil(r.length/4),t=new Float32Array(e),n=new Float32Array(e);for(let o=0;o<r.length;o+=4)t[Math.floor(o/4)]=r[o],n[Math.floor(o/4)]=r[o+1];return{real:t,imag:n}}function cR(r){let e=Math.floor(r.length/4),t=new Float32Array(e),n=new Float32Array(e);for(let o=2;o<r.length;o+=4)t[Math.floor(o/4)]=r[o],n[Math.floor(o/4)]=r[o+1];return{real:t,imag:n}}function mR(r,e){let t=r[e*2],n=r[e*2+1];return{real:t,imag:n}}function fR(r,e,t,n){r[n*2]=e,r[n*2+1]=t}function dR(r,e){let t=new Float32Array(r/2),n=new Float32Array(r/2);for(let o=0;o<Math.ceil(r/2);o++){let s=(e?2:-2)*Math.PI*(o/r);t[o]=Math.cos(s),n[o]=Math.sin(s)}return{real:t,imag:n}}function hR(r,e,t){let n=(t?2:-2)*Math.PI*(r/e),o=Math.cos(n),s=Math.sin(n);return{real:o,imag:s}}var zm="->",gR=/->/g,_x=",",kx="...";function xR(r,e){r=r.replace(/\s/g,"");let t=(r.length-r.replace(gR,"").length)/zm.length;if(t<1)throw new Error("Equations without an arrow are not supported.");if(t>1)throw new Error(`Equation must contain exactly one arrow ("${zm}").`);let[n,o]=r.split(zm);T(n.indexOf(kx)===-1,()=>`The ellipsis notation ("${kx}") is not supported yet.`);let s=n.split(_x),a=s.length;if(e!==a)throw new Error(`Expected ${a} input tensors, received ${e}`);if(a>2)throw new Error("Support for more than 2 input tensors is not implemented yet.");let i=[];for(let m=0;m<o.length;++m){let f=o[m];if(!s.some(d=>d.indexOf(f)!==-1))throw new Error(`Output subscripts contain the label ${f} not present in the input subscripts.`);i.indexOf(f)===-1&&i.push(f)}for(let m=0;m<n.length;++m){let f=n[m];i.indexOf(f)===-1&&f!==_x&&i.push(f)}let u=new Array(s.length);for(let m=0;m<a;++m){if(new Set(s[m].split("")).size!==s[m].length)throw new Error(`Found duplicate axes in input component ${s[m]}. Support for duplicate axes in input is not implemented yet.`);u[m]=[];for(let f=0;f<s[m].length;++f)u[m].push(i.indexOf(s[m][f]))}let l=i.length,p=o.length,c=[];for(let m=p;m<l;++m)c.push(m);return{allDims:i,summedDims:c,idDims:u}}function yR(r,e){let t=new Array(r);t.fill(-1);for(let o=0;o<e.length;++o)t[e[o]]=o;let n=[];for(let o=0;o<r;++o)t[o]===-1&&n.push(o);return t=t.filter(o=>o!==-1),{permutationIndices:t,expandDims:n}}function bR(r,e,t){let n=new Array(r);for(let o=0;o<t.length;++o){let s=t[o].shape;for(let a=0;a<e[o].length;++a)n[e[o][a]]===void 0?n[e[o][a]]=s[a]:T(n[e[o][a]]===s[a],()=>`Expected dimension ${n[e[o][a]]} at axis ${a} of input shaped ${JSON.stringify(s)}, but got dimension ${s[a]}`)}}function wR(r,e){let t=r,n=[],o=0;r.length===0&&t.push(-1),o=r.length+1;for(let a=0;a<o;++a)n.push([]);let s=[];for(let a=0;a<t.length;++a){let i=t[a],u=IR(e,i);for(let l of u)s.indexOf(l)===-1&&(n[a].push(l),s.push(l))}return{path:t,steps:n}}function NR(r){return r.every((e,t)=>e===t)}function IR(r,e){let t=[];for(let n=0;n<r.length;++n)(r[n].length===0||r[n].indexOf(e)!==-1||e===-1)&&t.push(n);return t}function CR(r,e,t=0){let n=[];if(typeof e=="number")T(r.shape[t]%e===0,()=>"Number of splits must evenly divide the axis."),n=new Array(e).fill(r.shape[t]/e);else{let o=e.reduce((a,i)=>(i===-1&&(a+=1),a),0);T(o<=1,()=>"There should be only one negative value in split array.");let s=e.indexOf(-1);if(s!==-1){let a=e.reduce((i,u)=>u>0?i+u:i);e[s]=r.shape[t]-a}T(r.shape[t]===e.reduce((a,i)=>a+i),()=>"The sum of sizes must match the size of the axis dimension."),n=e}return n}function vR(r){return`Received SparseTensor with denseShape[0] = 0 but
  indices.shape[0] = ${r}`}function SR(r,e){return`indices(${r}, 0) is invalid: ${e} < 0`}function TR(r,e,t){return`indices(${r}, 0) is invalid: ${e} >= ${t}`}function ER(r,e){return`only one output dimension may be -1, not both ${r} and ${e}`}function _R(r,e){return`size ${r} must be non-negative, not ${e}`}function kR(){return"reshape cannot infer the missing input size for an empty tensor unless all specified input sizes are non-zero"}function AR(r,e){let t=ne(r),n=ne(e);return`Input to reshape is a SparseTensor with ${t}
  dense values, but the requested shape requires a multiple of ${n}. inputShape=${r} outputShape= ${e}`}function $R(r,e){let t=ne(r),n=ne(e);return`Input to reshape is a tensor with ${t} dense values, but the requested shape has ${n}. inputShape=${r} outputShape=${e}`}function RR(){return"segment ids must be >= 0"}function FR(){return"segment ids are not increasing"}function DR(r,e){return`Segment id ${r} out of range [0, ${e}), possibly because segmentIds input is not sorted.`}function OR(r,e,t){return`Bad: indices[${r}] == ${e} out of range [0, ${t})`}var Km={};ue(Km,{collectGatherOpShapeInfo:()=>LR,computeOutShape:()=>BR,segOpComputeOptimalWindowSize:()=>PR});function PR(r,e){let t=!1,n;for(r<=Lu?(n=r,t=!0):n=Uo(r,Math.floor(Math.sqrt(r)));!t;)n>e||n===r?t=!0:n=Uo(r,n+1);return n}function BR(r,e,t){let n=[],o=r.length;for(let s=0;s<o;s++)s!==e?n.push(r[s]):n.push(t);return n}function LR(r,e,t,n){let o=e.shape.length,s=r.shape.length;if(n!==0&&(n<-o||n>o))throw new Error(`Expect batchDims in the range of [-${o}, ${o}], but got ${n}`);if(n<0&&(n+=o),n>s)throw new Error(`batchDims (${n}) must be less than rank(x) (
    ${s}).`);if(t<n)throw new Error(`batchDims (${n}) must be less than or equal to axis (${t}).`);for(let c=0;c<n;++c)if(r.shape[c]!==e.shape[c])throw new Error(`x.shape[${c}]: ${r.shape[c]} should be equal to indices.shape[${c}]: ${e.shape[c]}.`);let a=r.shape[t],i=[],u=1,l=1,p=1;for(let c=0;c<n;++c)i.push(r.shape[c]),u*=r.shape[c];for(let c=n;c<t;c++)i.push(r.shape[c]),l*=r.shape[c];for(let c=n;c<o;c++)i.push(e.shape[c]);for(let c=t+1;c<s;c++)i.push(r.shape[c]),p*=r.shape[c];return{batchSize:u,sliceSize:p,outerSize:l,dimSize:a,outputShape:i}}function MR(r){try{return r.map(e=>Bs(e))}catch(e){throw new Error(`Failed to decode encoded string bytes into utf-8, error: ${e}`)}}function UR(r){return r.map(e=>Ps(e))}var Mu={};ue(Mu,{nonMaxSuppressionV3Impl:()=>Cu,nonMaxSuppressionV4Impl:()=>vu,nonMaxSuppressionV5Impl:()=>Su,whereImpl:()=>Eg});ux();var VR=_();VR.registerFlag("KEEP_INTERMEDIATE_TENSORS",()=>!1,r=>{r&&console.warn("Keep intermediate tensors is ON. This will print the values of all intermediate tensors during model inference. Not all models support this mode. For details, check e2e/benchmarks/ model_config.js. This significantly impacts performance.")});function $e(){let r,e,t,n,o,s,a,i,u,l;return _().getNumber("WEBGL_VERSION")===2?(r="#version 300 es",e="in",t="out",n="in",o="texture",s="outputColor",a="out vec4 outputColor;",i=_().getBool("WEBGL2_ISNAN_CUSTOM")?`
      bool isnan_custom(float val) {
        uint floatToUint = floatBitsToUint(val);
        return (floatToUint & 0x7fffffffu) > 0x7f800000u;
      }

      bvec4 isnan_custom(vec4 val) {
        return bvec4(isnan_custom(val.x),
          isnan_custom(val.y), isnan_custom(val.z), isnan_custom(val.w));
      }

      #define isnan(value) isnan_custom(value)
    `:"",u="",l=`
      #define round(value) newRound(value)
      int newRound(float value) {
        return int(floor(value + 0.5));
      }

      ivec4 newRound(vec4 value) {
        return ivec4(floor(value + vec4(0.5)));
      }
    `):(r="",e="attribute",t="varying",n="varying",o="texture2D",s="gl_FragColor",a="",i=`
      #define isnan(value) isnan_custom(value)
      bool isnan_custom(float val) {
        return (val > 0. || val < 1. || val == 0.) ? false : true;
      }
      bvec4 isnan_custom(vec4 val) {
        return bvec4(isnan(val.x), isnan(val.y), isnan(val.z), isnan(val.w));
      }
    `,u=`
      uniform float INFINITY;

      bool isinf(float val) {
        return abs(val) == INFINITY;
      }
      bvec4 isinf(vec4 val) {
        return equal(abs(val), vec4(INFINITY));
      }
    `,l=`
      int round(float value) {
        return int(floor(value + 0.5));
      }

      ivec4 round(vec4 value) {
        return ivec4(floor(value + vec4(0.5)));
      }
    `),{version:r,attribute:e,varyingVs:t,varyingFs:n,texture2D:o,output:s,defineOutput:a,defineSpecialNaN:i,defineSpecialInf:u,defineRound:l}}function qt(r,e,t="index"){let n=y.computeStrides(e);return n.map((o,s)=>{let a=`int ${r[s]} = ${t} / ${o}`,i=s===n.length-1?`int ${r[s+1]} = ${t} - ${r[s]} * ${o}`:`index -= ${r[s]} * ${o}`;return`${a}; ${i};`}).join("")}function Io(r,e,t="index"){let n=y.computeStrides(e);return n.map((o,s)=>{let a=`int ${r[s]} = ${t} / outShapeStrides[${s}]`,i=s===n.length-1?`int ${r[s+1]} = ${t} - ${r[s]} * outShapeStrides[${s}]`:`index -= ${r[s]} * outShapeStrides[${s}]`;return`${a}; ${i};`}).join("")}function GR(r,e){let t=r.length,n=r.map(s=>`${e}[${s}]`),o=new Array(t-1);o[t-2]=n[t-1];for(let s=t-3;s>=0;--s)o[s]=`(${o[s+1]} * ${n[s+1]})`;return o}function $x(r,e,t="index"){let n=r.map((s,a)=>a),o=GR(n,e);return o.map((s,a)=>{let i=`int ${r[a]} = ${t} / ${o[a]}`,u=a===o.length-1?`int ${r[a+1]} = ${t} - ${r[a]} * ${o[a]}`:`index -= ${r[a]} * ${o[a]}`;return`${i}; ${u};`}).join("")}function na(r){let e=y.computeStrides(r).map(t=>t.toString());return`
  int getFlatIndex(ivec3 coords) {
    return coords.x * ${e[0]} + coords.y * ${e[1]} + coords.z;
  }
`}function oa(){return`
  int getFlatIndex(ivec3 coords) {
    return coords.x * outShapeStrides[0] + coords.y * outShapeStrides[1] + coords.z;
  }
`}var Uu=`
  const float FLOAT_MAX = 1.70141184e38;
  const float FLOAT_MIN = 1.17549435e-38;

  lowp vec4 encode_float(highp float v) {
    if (isnan(v)) {
      return vec4(255, 255, 255, 255);
    }

    highp float av = abs(v);

    if(av < FLOAT_MIN) {
      return vec4(0.0, 0.0, 0.0, 0.0);
    } else if(v > FLOAT_MAX) {
      return vec4(0.0, 0.0, 128.0, 127.0) / 255.0;
    } else if(v < -FLOAT_MAX) {
      return vec4(0.0, 0.0,  128.0, 255.0) / 255.0;
    }

    highp vec4 c = vec4(0,0,0,0);

    highp float e = floor(log2(av));
    highp float m = exp2(fract(log2(av))) - 1.0;

    c[2] = floor(128.0 * m);
    m -= c[2] / 128.0;
    c[1] = floor(32768.0 * m);
    m -= c[1] / 32768.0;
    c[0] = floor(8388608.0 * m);

    highp float ebias = e + 127.0;
    c[3] = floor(ebias / 2.0);
    ebias -= c[3] * 2.0;
    c[2] += floor(ebias) * 128.0;

    c[3] += 128.0 * step(0.0, -v);

    return c / 255.0;
  }
`;var{getBroadcastDims:Rx}=v;function Fx(r,e,t){let n=[];if(r.forEach(f=>{let d=y.sizeFromShape(f.shapeInfo.logicalShape);if(f.shapeInfo.isUniform?n.push(`uniform float ${f.name}${d>1?`[${d}]`:""};`):(n.push(`uniform sampler2D ${f.name};`),n.push(`uniform int offset${f.name};`)),t.enableShapeUniforms){let{uniformShape:g}=Vu(t.packedInputs,f.shapeInfo.logicalShape,f.shapeInfo.texShape);switch(g.length){case 1:n.push(`uniform int ${f.name}Shape;`);break;case 2:n.push(`uniform ivec2 ${f.name}Shape;`);break;case 3:n.push(`uniform ivec3 ${f.name}Shape;`);break;case 4:n.push(`uniform ivec4 ${f.name}Shape;`);break;default:break}n.push(`uniform ivec2 ${f.name}TexShape;`)}}),t.enableShapeUniforms){switch(e.logicalShape.length){case 1:n.push("uniform int outShape;");break;case 2:n.push("uniform ivec2 outShape;"),n.push("uniform int outShapeStrides;");break;case 3:n.push("uniform ivec3 outShape;"),n.push("uniform ivec2 outShapeStrides;");break;case 4:n.push("uniform ivec4 outShape;"),n.push("uniform ivec3 outShapeStrides;");break;default:break}n.push("uniform ivec2 outTexShape;")}t.customUniforms&&t.customUniforms.forEach(f=>{n.push(`uniform ${f.type} ${f.name}${f.arrayIndex?`[${f.arrayIndex}]`:""};`)});let o=n.join(`
`),s=r.map(f=>WR(f,e,t.packedInputs,t.enableShapeUniforms)).join(`
`),a=e.texShape,i=$e(),u=HR(i),l,p,c=XR(i);return e.isPacked?(l=zR(e.logicalShape,a,t.enableShapeUniforms),p=jR(i)):(l=KR(e.logicalShape,a,t.enableShapeUniforms),p=qR(i)),t.packedInputs&&(c+=JR),[c,u,p,o,l,s,t.userCode].join(`
`)}function aa(r,e=!1){let t=r.shapeInfo.logicalShape;switch(t.length){case 0:return cF(r,e);case 1:return fF(r,e);case 2:return hF(r,e);case 3:return xF(r,e);case 4:return bF(r,e);case 5:return wF(r);case 6:return NF(r);default:throw new Error(`${t.length}-D input sampling is not yet supported`)}}function Dx(r,e){switch(r.shapeInfo.logicalShape.length){case 0:return pF(r);case 1:return mF(r,e);case 2:return dF(r,e);case 3:return gF(r,e);default:return yF(r,e)}}function WR(r,e,t=!1,n){let o="";t?o+=Dx(r,n):o+=aa(r,n);let s=r.shapeInfo.logicalShape,a=e.logicalShape;return s.length<=a.length&&(t?o+=IF(r,e):o+=CF(r,e)),o}function zR(r,e,t){switch(r.length){case 0:return Ox();case 1:return eF(r,e,t);case 2:return uF(r,e,t);case 3:return rF(r,e,t);default:return oF(r,e,t)}}function KR(r,e,t){switch(r.length){case 0:return Ox();case 1:return tF(r,e,t);case 2:return lF(r,e,t);case 3:return nF(r,e,t);case 4:return sF(r,e,t);case 5:return aF(r,e);case 6:return iF(r,e);default:throw new Error(`${r.length}-D output sampling is not yet supported`)}}function HR(r){return`
    float sampleTexture(sampler2D textureSampler, vec2 uv) {
      return ${r.texture2D}(textureSampler, uv).r;
    }
  `}function qR(r){return`
    void setOutput(float val) {
      ${r.output} = vec4(val, 0, 0, 0);
    }
  `}function jR(r){return`
    void setOutput(vec4 val) {
      ${r.output} = val;
    }
  `}function XR(r){return`${r.version}
    precision highp float;
    precision highp int;
    precision highp sampler2D;
    ${r.varyingFs} vec2 resultUV;
    ${r.defineOutput}
    const vec2 halfCR = vec2(0.5, 0.5);

    struct ivec5
    {
      int x;
      int y;
      int z;
      int w;
      int u;
    };

    struct ivec6
    {
      int x;
      int y;
      int z;
      int w;
      int u;
      int v;
    };

    uniform float NAN;
    ${r.defineSpecialNaN}
    ${r.defineSpecialInf}
    ${r.defineRound}

    int imod(int x, int y) {
      return x - y * (x / y);
    }

    int idiv(int a, int b, float sign) {
      int res = a / b;
      int mod = imod(a, b);
      if (sign < 0. && mod != 0) {
        res -= 1;
      }
      return res;
    }

    //Based on the work of Dave Hoskins
    //https://www.shadertoy.com/view/4djSRW
    #define HASHSCALE1 443.8975
    float random(float seed){
      vec2 p = resultUV * seed;
      vec3 p3  = fract(vec3(p.xyx) * HASHSCALE1);
      p3 += dot(p3, p3.yzx + 19.19);
      return fract((p3.x + p3.y) * p3.z);
    }

    ${YR}
    ${QR}
    ${ZR}
  `}var YR=`
vec2 uvFromFlat(int texNumR, int texNumC, int index) {
  int texR = index / texNumC;
  int texC = index - texR * texNumC;
  return (vec2(texC, texR) + halfCR) / vec2(texNumC, texNumR);
}
vec2 packedUVfrom1D(int texNumR, int texNumC, int index) {
  int texelIndex = index / 2;
  int texR = texelIndex / texNumC;
  int texC = texelIndex - texR * texNumC;
  return (vec2(texC, texR) + halfCR) / vec2(texNumC, texNumR);
}
`,QR=`
vec2 packedUVfrom2D(int texelsInLogicalRow, int texNumR,
  int texNumC, int row, int col) {
  int texelIndex = (row / 2) * texelsInLogicalRow + (col / 2);
  int texR = texelIndex / texNumC;
  int texC = texelIndex - texR * texNumC;
  return (vec2(texC, texR) + halfCR) / vec2(texNumC, texNumR);
}
`,ZR=`
vec2 packedUVfrom3D(int texNumR, int texNumC,
    int texelsInBatch, int texelsInLogicalRow, int b,
    int row, int col) {
  int index = b * texelsInBatch + (row / 2) * texelsInLogicalRow + (col / 2);
  int texR = index / texNumC;
  int texC = index - texR * texNumC;
  return (vec2(texC, texR) + halfCR) / vec2(texNumC, texNumR);
}
`,JR=`
  float getChannel(vec4 frag, vec2 innerDims) {
    vec2 modCoord = mod(innerDims, 2.);
    return modCoord.x == 0. ?
      (modCoord.y == 0. ? frag.r : frag.g) :
      (modCoord.y == 0. ? frag.b : frag.a);
  }
  float getChannel(vec4 frag, int dim) {
    float modCoord = mod(float(dim), 2.);
    return modCoord == 0. ? frag.r : frag.g;
  }
`;function Ox(){return`
    int getOutputCoords() {
      return 0;
    }
  `}function eF(r,e,t){let n=[Math.ceil(e[0]/2),Math.ceil(e[1]/2)];return n[0]===1?t?`
      int getOutputCoords() {
        return 2 * int(resultUV.x * ceil(float(outTexShape[1]) / 2.0));
      }
    `:`
      int getOutputCoords() {
        return 2 * int(resultUV.x * ${n[1]}.0);
      }
    `:n[1]===1?t?`
      int getOutputCoords() {
        return 2 * int(resultUV.y * ceil(float(outTexShape[0]) / 2.0));
      }
    `:`
      int getOutputCoords() {
        return 2 * int(resultUV.y * ${n[0]}.0);
      }
    `:t?`
    int getOutputCoords() {
      ivec2 packedTexShape = ivec2(ceil(float(outTexShape[0]) / 2.0), ceil(float(outTexShape[1]) / 2.0));
      ivec2 resTexRC = ivec2(resultUV.yx *
                             vec2(packedTexShape[0], packedTexShape[1]));
      return 2 * (resTexRC.x * packedTexShape[1] + resTexRC.y);
    }
  `:`
    int getOutputCoords() {
      ivec2 resTexRC = ivec2(resultUV.yx *
                             vec2(${n[0]}, ${n[1]}));
      return 2 * (resTexRC.x * ${n[1]} + resTexRC.y);
    }
  `}function tF(r,e,t){return e[0]===1?t?`
      int getOutputCoords() {
        return int(resultUV.x * float(outTexShape[1]));
      }
    `:`
      int getOutputCoords() {
        return int(resultUV.x * ${e[1]}.0);
      }
    `:e[1]===1?t?`
      int getOutputCoords() {
        return int(resultUV.y * float(outTexShape[0]));
      }
    `:`
      int getOutputCoords() {
        return int(resultUV.y * ${e[0]}.0);
      }
    `:t?`
    int getOutputCoords() {
      ivec2 resTexRC = ivec2(resultUV.yx *
                             vec2(outTexShape[0], outTexShape[1]));
      return resTexRC.x * outTexShape[1] + resTexRC.y;
    }
  `:`
    int getOutputCoords() {
      ivec2 resTexRC = ivec2(resultUV.yx *
                             vec2(${e[0]}, ${e[1]}));
      return resTexRC.x * ${e[1]} + resTexRC.y;
    }
  `}function rF(r,e,t){if(t)return`
    ivec3 getOutputCoords() {
      ivec2 packedTexShape = ivec2(ceil(float(outTexShape[0]) / 2.0), ceil(float(outTexShape[1]) / 2.0));
      int texelsInLogicalRow = int(ceil(float(outShape[2]) / 2.0));
      int texelsInBatch = texelsInLogicalRow * int(ceil(float(outShape[1]) / 2.0));
      ivec2 resTexRC = ivec2(resultUV.yx *
                             vec2(packedTexShape[0], packedTexShape[1]));
      int index = resTexRC.x * packedTexShape[1] + resTexRC.y;

      int b = index / texelsInBatch;
      index -= b * texelsInBatch;

      int r = 2 * (index / texelsInLogicalRow);
      int c = imod(index, texelsInLogicalRow) * 2;

      return ivec3(b, r, c);
    }
  `;let n=[Math.ceil(e[0]/2),Math.ceil(e[1]/2)],o=Math.ceil(r[2]/2),s=o*Math.ceil(r[1]/2);return`
    ivec3 getOutputCoords() {
      ivec2 resTexRC = ivec2(resultUV.yx *
                             vec2(${n[0]}, ${n[1]}));
      int index = resTexRC.x * ${n[1]} + resTexRC.y;

      int b = index / ${s};
      index -= b * ${s};

      int r = 2 * (index / ${o});
      int c = imod(index, ${o}) * 2;

      return ivec3(b, r, c);
    }
  `}function nF(r,e,t){if(t)return`
  ivec3 getOutputCoords() {
    ivec2 resTexRC = ivec2(resultUV.yx *
                           vec2(outTexShape[0], outTexShape[1]));
    int index = resTexRC.x * outTexShape[1] + resTexRC.y;
    ${Io(["r","c","d"],r)}
    return ivec3(r, c, d);
  }
`;let n=qt(["r","c","d"],r);return`
    ivec3 getOutputCoords() {
      ivec2 resTexRC = ivec2(resultUV.yx *
                             vec2(${e[0]}, ${e[1]}));
      int index = resTexRC.x * ${e[1]} + resTexRC.y;
      ${n}
      return ivec3(r, c, d);
    }
  `}function oF(r,e,t){if(t)return`
    ivec4 getOutputCoords() {
      ivec2 packedTexShape = ivec2(ceil(float(outTexShape[0]) / 2.0), ceil(float(outTexShape[1]) / 2.0));
      ivec2 resTexRC = ivec2(resultUV.yx *
                             vec2(packedTexShape[0], packedTexShape[1]));
      int index = resTexRC.x * packedTexShape[1] + resTexRC.y;

      int texelsInLogicalRow = int(ceil(float(outShape[3]) / 2.0));
      int texelsInBatch = texelsInLogicalRow * int(ceil(float(outShape[2]) / 2.0));
      int texelsInBatchN = texelsInBatch * outShape[1];

      int b2 = index / texelsInBatchN;
      index -= b2 * texelsInBatchN;

      int b = index / texelsInBatch;
      index -= b * texelsInBatch;

      int r = 2 * (index / texelsInLogicalRow);
      int c = imod(index, texelsInLogicalRow) * 2;

      return ivec4(b2, b, r, c);
    }
  `;let n=[Math.ceil(e[0]/2),Math.ceil(e[1]/2)],o=Math.ceil(r[r.length-1]/2),s=o*Math.ceil(r[r.length-2]/2),a=s,i="",u="b, r, c";for(let l=2;l<r.length-1;l++)a*=r[r.length-l-1],i=`
      int b${l} = index / ${a};
      index -= b${l} * ${a};
    `+i,u=`b${l}, `+u;return`
    ivec${r.length} getOutputCoords() {
      ivec2 resTexRC = ivec2(resultUV.yx *
                             vec2(${n[0]}, ${n[1]}));
      int index = resTexRC.x * ${n[1]} + resTexRC.y;

      ${i}

      int b = index / ${s};
      index -= b * ${s};

      int r = 2 * (index / ${o});
      int c = imod(index, ${o}) * 2;

      return ivec${r.length}(${u});
    }
  `}function sF(r,e,t){if(t)return`
    ivec4 getOutputCoords() {
      ivec2 resTexRC = ivec2(resultUV.yx *
        vec2(outTexShape[0], outTexShape[1]));
      int index = resTexRC.x * outTexShape[1] + resTexRC.y;
      ${Io(["r","c","d","d2"],r)}
      return ivec4(r, c, d, d2);
    }
  `;let n=qt(["r","c","d","d2"],r);return`
    ivec4 getOutputCoords() {
      ivec2 resTexRC = ivec2(resultUV.yx *
        vec2(${e[0]}, ${e[1]}));
      int index = resTexRC.x * ${e[1]} + resTexRC.y;
      ${n}
      return ivec4(r, c, d, d2);
    }
  `}function aF(r,e){let t=qt(["r","c","d","d2","d3"],r);return`
    ivec5 getOutputCoords() {
      ivec2 resTexRC = ivec2(resultUV.yx * vec2(${e[0]},
                             ${e[1]}));

      int index = resTexRC.x * ${e[1]} + resTexRC.y;

      ${t}

      ivec5 outShape = ivec5(r, c, d, d2, d3);
      return outShape;
    }
  `}function iF(r,e){let t=qt(["r","c","d","d2","d3","d4"],r);return`
    ivec6 getOutputCoords() {
      ivec2 resTexRC = ivec2(resultUV.yx *
        vec2(${e[0]}, ${e[1]}));
      int index = resTexRC.x * ${e[1]} + resTexRC.y;

      ${t}

      ivec6 result = ivec6(r, c, d, d2, d3, d4);
      return result;
    }
  `}function uF(r,e,t){let n=[Math.ceil(e[0]/2),Math.ceil(e[1]/2)];if(y.arraysEqual(r,e))return t?`
      ivec2 getOutputCoords() {
        ivec2 packedTexShape = ivec2(ceil(float(outTexShape[0]) / 2.0), ceil(float(outTexShape[1]) / 2.0));
        return 2 * ivec2(resultUV.yx * vec2(packedTexShape[0], packedTexShape[1]));
      }
    `:`
      ivec2 getOutputCoords() {
        return 2 * ivec2(resultUV.yx * vec2(${n[0]}, ${n[1]}));
      }
    `;let o=Math.ceil(r[1]/2);return t?`
    ivec2 getOutputCoords() {
      ivec2 packedTexShape = ivec2(ceil(float(outTexShape[0]) / 2.0), ceil(float(outTexShape[1]) / 2.0));
      int texelsInLogicalRow = int(ceil(float(outShape[1]) / 2.0));
      ivec2 resTexRC = ivec2(resultUV.yx *
                             vec2(packedTexShape[0], packedTexShape[1]));

      int index = resTexRC.x * packedTexShape[1] + resTexRC.y;
      int r = 2 * (index / texelsInLogicalRow);
      int c = imod(index, texelsInLogicalRow) * 2;

      return ivec2(r, c);
    }
  `:`
    ivec2 getOutputCoords() {
      ivec2 resTexRC = ivec2(resultUV.yx *
                             vec2(${n[0]}, ${n[1]}));

      int index = resTexRC.x * ${n[1]} + resTexRC.y;
      int r = 2 * (index / ${o});
      int c = imod(index, ${o}) * 2;

      return ivec2(r, c);
    }
  `}function lF(r,e,t){return y.arraysEqual(r,e)?t?`
      ivec2 getOutputCoords() {
        return ivec2(resultUV.yx * vec2(outTexShape[0], outTexShape[1]));
      }
    `:`
      ivec2 getOutputCoords() {
        return ivec2(resultUV.yx * vec2(${e[0]}, ${e[1]}));
      }
    `:r[1]===1?t?`
      ivec2 getOutputCoords() {
        ivec2 resTexRC = ivec2(resultUV.yx *
                               vec2(outTexShape[0], outTexShape[1]));
        int index = resTexRC.x * outTexShape[1] + resTexRC.y;
        return ivec2(index, 0);
      }
    `:`
      ivec2 getOutputCoords() {
        ivec2 resTexRC = ivec2(resultUV.yx *
                               vec2(${e[0]}, ${e[1]}));
        int index = resTexRC.x * ${e[1]} + resTexRC.y;
        return ivec2(index, 0);
      }
    `:r[0]===1?t?`
      ivec2 getOutputCoords() {
        ivec2 resTexRC = ivec2(resultUV.yx *
                               vec2(outTexShape[0], outTexShape[1]));
        int index = resTexRC.x * outTexShape[1] + resTexRC.y;
        return ivec2(0, index);
      }
    `:`
      ivec2 getOutputCoords() {
        ivec2 resTexRC = ivec2(resultUV.yx *
                               vec2(${e[0]}, ${e[1]}));
        int index = resTexRC.x * ${e[1]} + resTexRC.y;
        return ivec2(0, index);
      }
    `:t?`
    ivec2 getOutputCoords() {
      ivec2 resTexRC = ivec2(resultUV.yx *
                             vec2(outTexShape[0], outTexShape[1]));
      int index = resTexRC.x * outTexShape[1] + resTexRC.y;
      int r = index / outShape[1];
      int c = index - r * outShape[1];
      return ivec2(r, c);
    }
  `:`
    ivec2 getOutputCoords() {
      ivec2 resTexRC = ivec2(resultUV.yx *
                             vec2(${e[0]}, ${e[1]}));
      int index = resTexRC.x * ${e[1]} + resTexRC.y;
      int r = index / ${r[1]};
      int c = index - r * ${r[1]};
      return ivec2(r, c);
    }
  `}function Co(r){return`offset${r}`}function pF(r){let e=r.name,t="get"+e.charAt(0).toUpperCase()+e.slice(1),n=$e();return`
    vec4 ${t}() {
      return ${n.texture2D}(${e}, halfCR);
    }
  `}function cF(r,e){let t=r.name,n="get"+t.charAt(0).toUpperCase()+t.slice(1);if(r.shapeInfo.isUniform)return`float ${n}() {return ${t};}`;let[o,s]=r.shapeInfo.texShape;if(o===1&&s===1)return`
      float ${n}() {
        return sampleTexture(${t}, halfCR);
      }
    `;let a=Co(t);if(e)return`
    float ${n}() {
      vec2 uv = uvFromFlat(${t}TexShape[0], ${t}TexShape[1], ${a});
      return sampleTexture(${t}, uv);
    }
  `;let[i,u]=r.shapeInfo.texShape;return`
    float ${n}() {
      vec2 uv = uvFromFlat(${i}, ${u}, ${a});
      return sampleTexture(${t}, uv);
    }
  `}function mF(r,e){let t=r.name,n="get"+t.charAt(0).toUpperCase()+t.slice(1),o=r.shapeInfo.texShape,s=$e();if(e)return`
    vec4 ${n}(int index) {
      ivec2 packedTexShape = ivec2(ceil(float(${t}TexShape[0]) / 2.0), ceil(float(${t}TexShape[1]) / 2.0));
      vec2 uv = packedUVfrom1D(
        packedTexShape[0], packedTexShape[1], index);
      return ${s.texture2D}(${t}, uv);
    }
  `;let a=[Math.ceil(o[0]/2),Math.ceil(o[1]/2)];return`
    vec4 ${n}(int index) {
      vec2 uv = packedUVfrom1D(
        ${a[0]}, ${a[1]}, index);
      return ${s.texture2D}(${t}, uv);
    }
  `}function fF(r,e){let t=r.name,n="get"+t.charAt(0).toUpperCase()+t.slice(1);if(r.shapeInfo.isUniform)return`
      float ${n}(int index) {
        ${ia(r)}
      }
    `;let o=r.shapeInfo.texShape,s=o[0],a=o[1];if(a===1&&s===1)return`
      float ${n}(int index) {
        return sampleTexture(${t}, halfCR);
      }
    `;let i=Co(t);return a===1?e?`
      float ${n}(int index) {
        vec2 uv = vec2(0.5, (float(index + ${i}) + 0.5) / float(${t}TexShape[0]));
        return sampleTexture(${t}, uv);
      }
    `:`
      float ${n}(int index) {
        vec2 uv = vec2(0.5, (float(index + ${i}) + 0.5) / ${s}.0);
        return sampleTexture(${t}, uv);
      }
    `:s===1?e?`
      float ${n}(int index) {
        vec2 uv = vec2((float(index + ${i}) + 0.5) / float(${t}TexShape[1]), 0.5);
        return sampleTexture(${t}, uv);
      }
    `:`
      float ${n}(int index) {
        vec2 uv = vec2((float(index + ${i}) + 0.5) / ${a}.0, 0.5);
        return sampleTexture(${t}, uv);
      }
    `:e?`
    float ${n}(int index) {
      vec2 uv = uvFromFlat(${t}TexShape[0], ${t}TexShape[1], index + ${i});
      return sampleTexture(${t}, uv);
    }
  `:`
    float ${n}(int index) {
      vec2 uv = uvFromFlat(${s}, ${a}, index + ${i});
      return sampleTexture(${t}, uv);
    }
  `}function dF(r,e){let t=r.shapeInfo.logicalShape,n=r.name,o="get"+n.charAt(0).toUpperCase()+n.slice(1),s=r.shapeInfo.texShape,a=s[0],i=s[1],u=$e();if(s!=null&&y.arraysEqual(t,s))return e?`
      vec4 ${o}(int row, int col) {
        vec2 uv = (vec2(col, row) + halfCR) / vec2(${n}TexShape[1], ${n}TexShape[0]);

        return ${u.texture2D}(${n}, uv);
      }
    `:`
      vec4 ${o}(int row, int col) {
        vec2 uv = (vec2(col, row) + halfCR) / vec2(${i}.0, ${a}.0);

        return ${u.texture2D}(${n}, uv);
      }
    `;if(e)return`
    vec4 ${o}(int row, int col) {
      ivec2 packedTexShape = ivec2(ceil(float(${n}TexShape[0]) / 2.0), ceil(float(${n}TexShape[1]) / 2.0));
      int valuesPerRow = int(ceil(float(${n}Shape[1]) / 2.0));
      vec2 uv = packedUVfrom2D(valuesPerRow, packedTexShape[0], packedTexShape[1], row, col);
      return ${u.texture2D}(${n}, uv);
    }
  `;let l=[Math.ceil(s[0]/2),Math.ceil(s[1]/2)],p=Math.ceil(t[1]/2);return`
    vec4 ${o}(int row, int col) {
      vec2 uv = packedUVfrom2D(${p}, ${l[0]}, ${l[1]}, row, col);
      return ${u.texture2D}(${n}, uv);
    }
  `}function hF(r,e){let t=r.shapeInfo.logicalShape,n=r.name,o="get"+n.charAt(0).toUpperCase()+n.slice(1),s=r.shapeInfo.texShape;if(s!=null&&y.arraysEqual(t,s)){if(e)return`
      float ${o}(int row, int col) {
        vec2 uv = (vec2(col, row) + halfCR) / vec2(${n}TexShape[1], ${n}TexShape[0]);
        return sampleTexture(${n}, uv);
      }
    `;let m=s[0],f=s[1];return`
    float ${o}(int row, int col) {
      vec2 uv = (vec2(col, row) + halfCR) / vec2(${f}.0, ${m}.0);
      return sampleTexture(${n}, uv);
    }
  `}let{newShape:a,keptDims:i}=y.squeezeShape(t),u=a;if(u.length<t.length){let m=ua(r,u),f=["row","col"];return`
      ${aa(m,e)}
      float ${o}(int row, int col) {
        return ${o}(${la(f,i)});
      }
    `}if(r.shapeInfo.isUniform)return`
      float ${o}(int row, int col) {
        int index = round(dot(vec2(row, col), vec2(${t[1]}, 1)));
        ${ia(r)}
      }
    `;let l=s[0],p=s[1],c=Co(n);return p===1?e?`
      float ${o}(int row, int col) {
        float index = dot(vec3(row, col, ${c}), vec3(${n}Shape[1], 1, 1));
        vec2 uv = vec2(0.5, (index + 0.5) / float(${n}TexShape[0]));
        return sampleTexture(${n}, uv);
      }
    `:`
    float ${o}(int row, int col) {
      float index = dot(vec3(row, col, ${c}), vec3(${t[1]}, 1, 1));
      vec2 uv = vec2(0.5, (index + 0.5) / ${l}.0);
      return sampleTexture(${n}, uv);
    }
  `:l===1?e?`
      float ${o}(int row, int col) {
        float index = dot(vec3(row, col, ${c}), vec3(${n}Shape[1], 1, 1));
        vec2 uv = vec2((index + 0.5) / float(${n}TexShape[1]), 0.5);
        return sampleTexture(${n}, uv);
      }
    `:`
    float ${o}(int row, int col) {
      float index = dot(vec3(row, col, ${c}), vec3(${t[1]}, 1, 1));
      vec2 uv = vec2((index + 0.5) / ${p}.0, 0.5);
      return sampleTexture(${n}, uv);
    }
  `:e?`
      float ${o}(int row, int col) {
        // Explicitly use integer operations as dot() only works on floats.
        int index = row * ${n}Shape[1] + col + ${c};
        vec2 uv = uvFromFlat(${n}TexShape[0], ${n}TexShape[1], index);
        return sampleTexture(${n}, uv);
      }
    `:`
  float ${o}(int row, int col) {
    // Explicitly use integer operations as dot() only works on floats.
    int index = row * ${t[1]} + col + ${c};
    vec2 uv = uvFromFlat(${l}, ${p}, index);
    return sampleTexture(${n}, uv);
  }
`}function gF(r,e){let t=r.shapeInfo.logicalShape,n=r.name,o="get"+n.charAt(0).toUpperCase()+n.slice(1),s=r.shapeInfo.texShape,a=[Math.ceil(s[0]/2),Math.ceil(s[1]/2)];if(t[0]===1){let m=t.slice(1),f=[1,2],d=ua(r,m),g=["b","row","col"];return`
        ${Dx(d,e)}
        vec4 ${o}(int b, int row, int col) {
          return ${o}(${la(g,f)});
        }
      `}let i=$e();if(e)return`
    vec4 ${o}(int b, int row, int col) {
      ivec2 packedTexShape = ivec2(ceil(float(${n}TexShape[0]) / 2.0), ceil(float(${n}TexShape[1]) / 2.0));
      int valuesPerRow = int(ceil(float(${n}Shape[2]) / 2.0));
      int texelsInBatch = valuesPerRow * int(ceil(float(${n}Shape[1]) / 2.0));
      vec2 uv = packedUVfrom3D(
        packedTexShape[0], packedTexShape[1], texelsInBatch, valuesPerRow, b, row, col);
      return ${i.texture2D}(${n}, uv);
    }
  `;let u=a[0],l=a[1],p=Math.ceil(t[2]/2),c=p*Math.ceil(t[1]/2);return`
    vec4 ${o}(int b, int row, int col) {
      vec2 uv = packedUVfrom3D(
        ${u}, ${l}, ${c}, ${p}, b, row, col);
      return ${i.texture2D}(${n}, uv);
    }
  `}function xF(r,e){let t=r.shapeInfo.logicalShape,n=r.name,o="get"+n.charAt(0).toUpperCase()+n.slice(1),s=t[1]*t[2],a=t[2],{newShape:i,keptDims:u}=y.squeezeShape(t),l=i;if(l.length<t.length){let g=ua(r,l),h=["row","col","depth"];return`
        ${aa(g,e)}
        float ${o}(int row, int col, int depth) {
          return ${o}(${la(h,u)});
        }
      `}if(r.shapeInfo.isUniform)return`
      float ${o}(int row, int col, int depth) {
        int index = round(dot(vec3(row, col, depth),
                          vec3(${s}, ${a}, 1)));
        ${ia(r)}
      }
    `;let p=r.shapeInfo.texShape,c=p[0],m=p[1],f=r.shapeInfo.flatOffset;if(m===s&&f==null)return e?`
      float ${o}(int row, int col, int depth) {
        int stride1 = ${n}Shape[2];
        float texR = float(row);
        float texC = dot(vec2(col, depth), vec2(stride1, 1));
        vec2 uv = (vec2(texC, texR) + halfCR) /
                   vec2(${n}TexShape[1], ${n}TexShape[0]);
        return sampleTexture(${n}, uv);
      }
    `:`
        float ${o}(int row, int col, int depth) {
          float texR = float(row);
          float texC = dot(vec2(col, depth), vec2(${a}, 1));
          vec2 uv = (vec2(texC, texR) + halfCR) /
                     vec2(${m}.0, ${c}.0);
          return sampleTexture(${n}, uv);
        }
      `;if(m===a&&f==null)return e?`
      float ${o}(int row, int col, int depth) {
        float texR = dot(vec2(row, col), vec2(${n}Shape[1], 1));
        float texC = float(depth);
        vec2 uv = (vec2(texC, texR) + halfCR) / vec2(${n}TexShape[1], ${n}TexShape[0]);
        return sampleTexture(${n}, uv);
      }
    `:`
    float ${o}(int row, int col, int depth) {
      float texR = dot(vec2(row, col), vec2(${t[1]}, 1));
      float texC = float(depth);
      vec2 uv = (vec2(texC, texR) + halfCR) / vec2(${m}.0, ${c}.0);
      return sampleTexture(${n}, uv);
    }
  `;let d=Co(n);return e?`
    float ${o}(int row, int col, int depth) {
      // Explicitly use integer operations as dot() only works on floats.
      int stride0 = ${n}Shape[1] * ${n}Shape[2];
      int stride1 = ${n}Shape[2];
      int index = row * stride0 + col * stride1 + depth + ${d};
      vec2 uv = uvFromFlat(${n}TexShape[0], ${n}TexShape[1], index);
      return sampleTexture(${n}, uv);
    }
    `:`
      float ${o}(int row, int col, int depth) {
        // Explicitly use integer operations as dot() only works on floats.
        int index = row * ${s} + col * ${a} + depth + ${d};
        vec2 uv = uvFromFlat(${c}, ${m}, index);
        return sampleTexture(${n}, uv);
      }
  `}function yF(r,e){let t=r.name,n="get"+t.charAt(0).toUpperCase()+t.slice(1),o=$e();if(e)return`
    vec4 ${n}(int b2, int b, int row, int col) {
      int valuesPerRow = int(ceil(float(${t}Shape[3]) / 2.0));
      int texelsInBatch = valuesPerRow * int(ceil(float(${t}Shape[2]) / 2.0));
      int index = b * texelsInBatch + (row / 2) * valuesPerRow + (col / 2);
      texelsInBatch *= ${t}Shape[1];
      index = b2 * texelsInBatch + index;
      ivec2 packedTexShape = ivec2(ceil(float(${t}TexShape[0]) / 2.0), ceil(float(${t}TexShape[1]) / 2.0));
      int texR = index / packedTexShape[1];
      int texC = index - texR * packedTexShape[1];
      vec2 uv = (vec2(texC, texR) + halfCR) / vec2(packedTexShape[1], packedTexShape[0]); return ${o.texture2D}(${t}, uv);
    }
  `;let s=r.shapeInfo.logicalShape,a=s.length,i=r.shapeInfo.texShape,u=[Math.ceil(i[0]/2),Math.ceil(i[1]/2)],l=u[0],p=u[1],c=Math.ceil(s[a-1]/2),m=c*Math.ceil(s[a-2]/2),f="int b, int row, int col",d=`b * ${m} + (row / 2) * ${c} + (col / 2)`;for(let g=2;g<a-1;g++)f=`int b${g}, `+f,m*=s[a-g-1],d=`b${g} * ${m} + `+d;return`
    vec4 ${n}(${f}) {
      int index = ${d};
      int texR = index / ${p};
      int texC = index - texR * ${p};
      vec2 uv = (vec2(texC, texR) + halfCR) / vec2(${p}, ${l});
      return ${o.texture2D}(${t}, uv);
    }
  `}function bF(r,e){let t=r.shapeInfo.logicalShape,n=r.name,o="get"+n.charAt(0).toUpperCase()+n.slice(1),s=t[3],a=t[2]*s,i=t[1]*a,{newShape:u,keptDims:l}=y.squeezeShape(t);if(u.length<t.length){let b=ua(r,u),C=["row","col","depth","depth2"];return`
      ${aa(b,e)}
      float ${o}(int row, int col, int depth, int depth2) {
        return ${o}(${la(C,l)});
      }
    `}if(r.shapeInfo.isUniform)return`
      float ${o}(int row, int col, int depth, int depth2) {
        int index = round(dot(vec4(row, col, depth, depth2),
                          vec4(${i}, ${a}, ${s}, 1)));
        ${ia(r)}
      }
    `;let p=r.shapeInfo.flatOffset,c=r.shapeInfo.texShape,m=c[0],f=c[1],d=`int stride2 = ${n}Shape[3];`,g=`int stride1 = ${n}Shape[2] * stride2;`,h=`int stride0 = ${n}Shape[1] * stride1;`;if(f===i&&p==null)return e?`
      float ${o}(int row, int col, int depth, int depth2) {
        ${d}
        ${g}
        float texR = float(row);
        float texC =
            dot(vec3(col, depth, depth2),
                vec3(stride1, stride2, 1));
        vec2 uv = (vec2(texC, texR) + halfCR) /
                   vec2(${n}TexShape[1], ${n}TexShape[0]);
        return sampleTexture(${n}, uv);
      }
    `:`
      float ${o}(int row, int col, int depth, int depth2) {
        float texR = float(row);
        float texC =
            dot(vec3(col, depth, depth2),
                vec3(${a}, ${s}, 1));
        vec2 uv = (vec2(texC, texR) + halfCR) /
                   vec2(${f}.0, ${m}.0);
        return sampleTexture(${n}, uv);
      }
    `;if(f===s&&p==null)return e?`
      float ${o}(int row, int col, int depth, int depth2) {
        float texR = dot(vec3(row, col, depth),
                         vec3(${n}Shape[1] * ${n}Shape[2], ${n}Shape[2], 1));
        float texC = float(depth2);
        vec2 uv = (vec2(texC, texR) + halfCR) /
                  vec2(${n}TexShape[1], ${n}TexShape[0]);
        return sampleTexture(${n}, uv);
      }
    `:`
      float ${o}(int row, int col, int depth, int depth2) {
        float texR = dot(vec3(row, col, depth),
                         vec3(${t[1]*t[2]}, ${t[2]}, 1));
        float texC = float(depth2);
        vec2 uv = (vec2(texC, texR) + halfCR) /
                  vec2(${f}.0, ${m}.0);
        return sampleTexture(${n}, uv);
      }
    `;let x=Co(n);return e?`
    float ${o}(int row, int col, int depth, int depth2) {
      // Explicitly use integer operations as dot() only works on floats.
      ${d}
      ${g}
      ${h}
      int index = row * stride0 + col * stride1 +
          depth * stride2 + depth2;
      vec2 uv = uvFromFlat(${n}TexShape[0], ${n}TexShape[1], index + ${x});
      return sampleTexture(${n}, uv);
    }
  `:`
    float ${o}(int row, int col, int depth, int depth2) {
      // Explicitly use integer operations as dot() only works on floats.
      int index = row * ${i} + col * ${a} +
          depth * ${s} + depth2;
      vec2 uv = uvFromFlat(${m}, ${f}, index + ${x});
      return sampleTexture(${n}, uv);
    }
  `}function wF(r){let e=r.shapeInfo.logicalShape,t=r.name,n="get"+t.charAt(0).toUpperCase()+t.slice(1),o=e[4],s=e[3]*o,a=e[2]*s,i=e[1]*a,{newShape:u,keptDims:l}=y.squeezeShape(e);if(u.length<e.length){let g=ua(r,u),h=["row","col","depth","depth2","depth3"];return`
      ${aa(g)}
      float ${n}(int row, int col, int depth, int depth2, int depth3) {
        return ${n}(${la(h,l)});
      }
    `}if(r.shapeInfo.isUniform)return`
      float ${n}(int row, int col, int depth, int depth2, int depth3) {
        float index = dot(
          vec4(row, col, depth, depth2),
          vec4(${i}, ${a}, ${s}, ${o})) +
          depth3;
        ${ia(r)}
      }
    `;let p=r.shapeInfo.flatOffset,c=r.shapeInfo.texShape,m=c[0],f=c[1];if(f===i&&p==null)return`
      float ${n}(int row, int col, int depth, int depth2, int depth3) {
        int texR = row;
        float texC = dot(vec4(col, depth, depth2, depth3),
                         vec4(${a}, ${s}, ${o}, 1));
        vec2 uv = (vec2(texC, texR) + halfCR) /
                   vec2(${f}.0, ${m}.0);
        return sampleTexture(${t}, uv);
      }
    `;if(f===o&&p==null)return`
      float ${n}(int row, int col, int depth, int depth2, int depth3) {
        float texR = dot(
          vec4(row, col, depth, depth2),
          vec4(${e[1]*e[2]*e[3]},
               ${e[2]*e[3]}, ${e[3]}, 1));
        int texC = depth3;
        vec2 uv = (vec2(texC, texR) + halfCR) /
                  vec2(${f}.0, ${m}.0);
        return sampleTexture(${t}, uv);
      }
    `;let d=Co(t);return`
    float ${n}(int row, int col, int depth, int depth2, int depth3) {
      // Explicitly use integer operations as dot() only works on floats.
      int index = row * ${i} + col * ${a} + depth * ${s} +
          depth2 * ${o} + depth3 + ${d};
      vec2 uv = uvFromFlat(${m}, ${f}, index);
      return sampleTexture(${t}, uv);
    }
  `}function NF(r){let e=r.shapeInfo.logicalShape,t=r.name,n="get"+t.charAt(0).toUpperCase()+t.slice(1),{newShape:o,keptDims:s}=y.squeezeShape(e);if(o.length<e.length){let h=ua(r,o),x=["row","col","depth","depth2","depth3","depth4"];return`
      ${aa(h)}
      float ${n}(int row, int col, int depth,
                    int depth2, int depth3, int depth4) {
        return ${n}(${la(x,s)});
      }
    `}let a=e[5],i=e[4]*a,u=e[3]*i,l=e[2]*u,p=e[1]*l;if(r.shapeInfo.isUniform)return`
      float ${n}(int row, int col, int depth,
                  int depth2, int depth3, int depth4) {
        int index = round(dot(
          vec4(row, col, depth, depth2),
          vec4(${p}, ${l}, ${u}, ${i})) +
          dot(
            vec2(depth3, depth4),
            vec2(${a}, 1)));
        ${ia(r)}
      }
    `;let c=r.shapeInfo.flatOffset,m=r.shapeInfo.texShape,f=m[0],d=m[1];if(d===p&&c==null)return`
      float ${n}(int row, int col, int depth,
                    int depth2, int depth3, int depth4) {
        int texR = row;
        float texC = dot(vec4(col, depth, depth2, depth3),
          vec4(${l}, ${u}, ${i}, ${a})) +
               float(depth4);
        vec2 uv = (vec2(texC, texR) + halfCR) /
                   vec2(${d}.0, ${f}.0);
        return sampleTexture(${t}, uv);
      }
    `;if(d===a&&c==null)return`
      float ${n}(int row, int col, int depth,
                    int depth2, int depth3, int depth4) {
        float texR = dot(vec4(row, col, depth, depth2),
          vec4(${e[1]*e[2]*e[3]*e[4]},
               ${e[2]*e[3]*e[4]},
               ${e[3]*e[4]},
               ${e[4]})) + float(depth3);
        int texC = depth4;
        vec2 uv = (vec2(texC, texR) + halfCR) /
                  vec2(${d}.0, ${f}.0);
        return sampleTexture(${t}, uv);
      }
    `;let g=Co(t);return`
    float ${n}(int row, int col, int depth,
                  int depth2, int depth3, int depth4) {
      // Explicitly use integer operations as dot() only works on floats.
      int index = row * ${p} + col * ${l} + depth * ${u} +
          depth2 * ${i} + depth3 * ${a} + depth4 + ${g};
      vec2 uv = uvFromFlat(${f}, ${d}, index);
      return sampleTexture(${t}, uv);
    }
  `}function ia(r){let e=r.name,t=y.sizeFromShape(r.shapeInfo.logicalShape);return t<2?`return ${e};`:`
    for (int i = 0; i < ${t}; i++) {
      if (i == index) {
        return ${e}[i];
      }
    }
  `}function IF(r,e){let t=r.name,n=t.charAt(0).toUpperCase()+t.slice(1),o="get"+n+"AtOutCoords",s=r.shapeInfo.logicalShape.length,a=e.logicalShape.length,i=Rx(r.shapeInfo.logicalShape,e.logicalShape),u=q(a),l=a-s,p,c=["x","y","z","w","u","v"];s===0?p="":a<2&&i.length>=1?p="coords = 0;":p=i.map(b=>`coords.${c[b+l]} = 0;`).join(`
`);let m="";a<2&&s>0?m="coords":m=r.shapeInfo.logicalShape.map((b,C)=>`coords.${c[C+l]}`).join(", ");let f="return outputValue;",g=y.sizeFromShape(r.shapeInfo.logicalShape)===1,x=y.sizeFromShape(e.logicalShape)===1;if(s===1&&!g&&!x)f=`
      return vec4(outputValue.xy, outputValue.xy);
    `;else if(g&&!x)a===1?f=`
        return vec4(outputValue.x, outputValue.x, 0., 0.);
      `:f=`
        return vec4(outputValue.x);
      `;else if(i.length){let b=s-2,C=s-1;i.indexOf(b)>-1&&i.indexOf(C)>-1?f="return vec4(outputValue.x);":i.indexOf(b)>-1?f="return vec4(outputValue.x, outputValue.y, outputValue.x, outputValue.y);":i.indexOf(C)>-1&&(f="return vec4(outputValue.xx, outputValue.zz);")}return`
    vec4 ${o}() {
      ${u} coords = getOutputCoords();
      ${p}
      vec4 outputValue = get${n}(${m});
      ${f}
    }
  `}function CF(r,e){let t=r.name,n=t.charAt(0).toUpperCase()+t.slice(1),o="get"+n+"AtOutCoords",s=e.texShape,a=r.shapeInfo.texShape,i=r.shapeInfo.logicalShape.length,u=e.logicalShape.length;if(!r.shapeInfo.isUniform&&i===u&&r.shapeInfo.flatOffset==null&&y.arraysEqual(a,s))return`
      float ${o}() {
        return sampleTexture(${t}, resultUV);
      }
    `;let l=q(u),p=Rx(r.shapeInfo.logicalShape,e.logicalShape),c=u-i,m,f=["x","y","z","w","u","v"];i===0?m="":u<2&&p.length>=1?m="coords = 0;":m=p.map(g=>`coords.${f[g+c]} = 0;`).join(`
`);let d="";return u<2&&i>0?d="coords":d=r.shapeInfo.logicalShape.map((g,h)=>`coords.${f[h+c]}`).join(", "),`
    float ${o}() {
      ${l} coords = getOutputCoords();
      ${m}
      return get${n}(${d});
    }
  `}function q(r){if(r<=1)return"int";if(r===2)return"ivec2";if(r===3)return"ivec3";if(r===4)return"ivec4";if(r===5)return"ivec5";if(r===6)return"ivec6";throw Error(`GPU for rank ${r} is not yet supported`)}function Vu(r,e,t){let{newShape:n,keptDims:o}=y.squeezeShape(e),s=e.length,a=r&&s===3&&e[0]===1,i=a?e.slice(1):n,u=!r&&s>1&&!y.arraysEqual(e,t)&&n.length<s||a;return{useSqueezeShape:u,uniformShape:u?i:e,keptDims:o}}function ua(r,e){let t=JSON.parse(JSON.stringify(r));return t.shapeInfo.logicalShape=e,t}function la(r,e){return e.map(t=>r[t]).join(", ")}var vo={},Gu={alpha:!1,antialias:!1,premultipliedAlpha:!1,preserveDrawingBuffer:!1,depth:!1,stencil:!1,failIfMajorPerformanceCaveat:!0};function Px(r,e){vo[r]=e}function It(r,e){if(!(r in vo)||e!=null){let n=TF(r,e);if(n!==null)vo[r]=n;else return console.log("Could not get context for WebGL version",r),null}let t=vo[r];return t==null||t.isContextLost()?(delete vo[r],It(r)):(t.disable(t.DEPTH_TEST),t.disable(t.STENCIL_TEST),t.disable(t.BLEND),t.disable(t.DITHER),t.disable(t.POLYGON_OFFSET_FILL),t.disable(t.SAMPLE_COVERAGE),t.enable(t.SCISSOR_TEST),t.enable(t.CULL_FACE),t.cullFace(t.BACK),vo[r])}function SF(r){if(!_().getBool("IS_SAFARI")&&typeof OffscreenCanvas<"u"&&r===2)return new OffscreenCanvas(300,150);if(typeof document<"u")return document.createElement("canvas");throw new Error("Cannot create a canvas in this context")}function TF(r,e){if(r!==1&&r!==2)throw new Error("Cannot get WebGL rendering context, WebGL is disabled.");let t=e??SF(r);return t.addEventListener("webglcontextlost",n=>{n.preventDefault(),delete vo[r]},!1),_().getBool("SOFTWARE_WEBGL_ENABLED")&&(Gu.failIfMajorPerformanceCaveat=!1),r===1?t.getContext("webgl",Gu)||t.getContext("experimental-webgl",Gu):t.getContext("webgl2",Gu)}var pn;(function(r){r[r.DENSE=0]="DENSE",r[r.SHARED_BATCH=1]="SHARED_BATCH"})(pn||(pn={}));var st;(function(r){r[r.RENDER=0]="RENDER",r[r.UPLOAD=1]="UPLOAD",r[r.PIXELS=2]="PIXELS",r[r.DOWNLOAD=3]="DOWNLOAD"})(st||(st={}));var He;(function(r){r[r.UNPACKED_FLOAT16=0]="UNPACKED_FLOAT16",r[r.UNPACKED_FLOAT32=1]="UNPACKED_FLOAT32",r[r.PACKED_4X1_UNSIGNED_BYTE=2]="PACKED_4X1_UNSIGNED_BYTE",r[r.PACKED_2X2_FLOAT32=3]="PACKED_2X2_FLOAT32",r[r.PACKED_2X2_FLOAT16=4]="PACKED_2X2_FLOAT16"})(He||(He={}));function So(r,e){return[e,r]}function Bx(r,e){return r*e}function mi(r){let e=y.sizeFromShape(r),t=Math.ceil(e/4);return y.sizeToSquarishShape(t)}function ar(r,e){return[Math.max(1,Math.ceil(e/2)),Math.max(1,Math.ceil(r/2))]}function Lx(r,e){let[t,n]=ar(r,e);return t*n*4}function fi(r,e){let t=r,n,o,s,a,i,u,l,p,c,m;return _().getNumber("WEBGL_VERSION")===2?(n=t.R32F,o=t.R16F,s=t.RGBA16F,a=t.RGBA32F,i=t.RED,l=4,p=1,c=t.HALF_FLOAT,m=t.FLOAT,u=t.RGBA8):(n=r.RGBA,o=r.RGBA,s=r.RGBA,a=t.RGBA,i=r.RGBA,l=4,p=4,c=e!=null?e.HALF_FLOAT_OES:null,m=r.FLOAT,u=r.RGBA),{internalFormatFloat:n,internalFormatHalfFloat:o,internalFormatPackedHalfFloat:s,internalFormatPackedFloat:a,textureFormatFloat:i,downloadTextureFormat:u,downloadUnpackNumChannels:l,defaultNumChannels:p,textureTypeHalfFloat:c,textureTypeFloat:m}}function U(r,e){let t=e();return _().getBool("DEBUG")&&EF(r),t}function EF(r){let e=r.getError();if(e!==r.NO_ERROR)throw new Error("WebGL Error: "+AF(r,e))}var _F=596e-10,kF=65504;function Mx(r){return!!(_().getBool("WEBGL_RENDER_FLOAT32_ENABLED")||r===0||_F<Math.abs(r)&&Math.abs(r)<kF)}function AF(r,e){switch(e){case r.NO_ERROR:return"NO_ERROR";case r.INVALID_ENUM:return"INVALID_ENUM";case r.INVALID_VALUE:return"INVALID_VALUE";case r.INVALID_OPERATION:return"INVALID_OPERATION";case r.INVALID_FRAMEBUFFER_OPERATION:return"INVALID_FRAMEBUFFER_OPERATION";case r.OUT_OF_MEMORY:return"OUT_OF_MEMORY";case r.CONTEXT_LOST_WEBGL:return"CONTEXT_LOST_WEBGL";default:return`Unknown error code ${e}`}}function di(r,e){return vr(r,()=>r.getExtension(e),'Extension "'+e+'" not supported on this browser.')}function Ux(r,e){let t=vr(r,()=>r.createShader(r.VERTEX_SHADER),"Unable to create vertex WebGLShader.");if(U(r,()=>r.shaderSource(t,e)),U(r,()=>r.compileShader(t)),r.getShaderParameter(t,r.COMPILE_STATUS)===!1)throw console.log(r.getShaderInfoLog(t)),new Error("Failed to compile vertex shader.");return t}function Vx(r,e){let t=vr(r,()=>r.createShader(r.FRAGMENT_SHADER),"Unable to create fragment WebGLShader.");if(U(r,()=>r.shaderSource(t,e)),U(r,()=>r.compileShader(t)),_().get("ENGINE_COMPILE_ONLY"))return t;if(r.getShaderParameter(t,r.COMPILE_STATUS)===!1)throw Ym(e,r.getShaderInfoLog(t)),new Error("Failed to compile fragment shader.");return t}var $F=/ERROR: [0-9]+:([0-9]+):/g;function Ym(r,e){let t=$F.exec(e);if(t==null){console.log(`Couldn't parse line number in error: ${e}`),console.log(r);return}let n=+t[1],o=r.split(`
`),s=o.length.toString().length+2,a=o.map((c,m)=>y.rightPad((m+1).toString(),s)+c),i=0;for(let c=0;c<a.length;c++)i=Math.max(a[c].length,i);let u=a.slice(0,n-1),l=a.slice(n-1,n),p=a.slice(n);console.log(u.join(`
`)),console.log(e.split(`
`)[0]),console.log(`%c ${y.rightPad(l[0],i)}`,"border:1px solid red; background-color:#e3d2d2; color:#a61717"),console.log(p.join(`
`))}function Gx(r){return vr(r,()=>r.createProgram(),"Unable to create WebGLProgram.")}function Wx(r,e){if(U(r,()=>r.linkProgram(e)),!_().get("ENGINE_COMPILE_ONLY")&&r.getProgramParameter(e,r.LINK_STATUS)===!1)throw console.log(r.getProgramInfoLog(e)),new Error("Failed to link vertex and fragment shaders.")}function zu(r,e){if(U(r,()=>r.validateProgram(e)),r.getProgramParameter(e,r.VALIDATE_STATUS)===!1)throw console.log(r.getProgramInfoLog(e)),new Error("Shader program validation failed.")}function zx(r,e){let t=vr(r,()=>r.createBuffer(),"Unable to create WebGLBuffer");return U(r,()=>r.bindBuffer(r.ARRAY_BUFFER,t)),U(r,()=>r.bufferData(r.ARRAY_BUFFER,e,r.STATIC_DRAW)),t}function Kx(r,e){let t=vr(r,()=>r.createBuffer(),"Unable to create WebGLBuffer");return U(r,()=>r.bindBuffer(r.ELEMENT_ARRAY_BUFFER,t)),U(r,()=>r.bufferData(r.ELEMENT_ARRAY_BUFFER,e,r.STATIC_DRAW)),t}function Hx(r){return vr(r,()=>r.createTexture(),"Unable to create WebGLTexture.")}function qx(r,e){let t=_().getNumber("WEBGL_MAX_TEXTURE_SIZE");if(r<=0||e<=0){let n=`[${r}x${e}]`;throw new Error("Requested texture size "+n+" is invalid.")}if(r>t||e>t){let n=`[${r}x${e}]`,o=`[${t}x${t}]`;throw new Error("Requested texture size "+n+" greater than WebGL maximum on this browser / GPU "+o+".")}}function jx(r){return vr(r,()=>r.createFramebuffer(),"Unable to create WebGLFramebuffer.")}function Qm(r,e,t,n,o,s,a){let i=r.getAttribLocation(e,t);return i===-1?!1:(U(r,()=>r.bindBuffer(r.ARRAY_BUFFER,n)),U(r,()=>r.vertexAttribPointer(i,o,r.FLOAT,!1,s,a)),U(r,()=>r.enableVertexAttribArray(i)),!0)}function RF(r,e,t){DF(r,t),U(r,()=>r.activeTexture(r.TEXTURE0+t)),U(r,()=>r.bindTexture(r.TEXTURE_2D,e))}function Xx(r,e,t){return vr(r,()=>r.getUniformLocation(e,t),'uniform "'+t+'" not present in program.')}function Yx(r,e,t){return r.getUniformLocation(e,t)}function Qx(r,e,t,n){U(r,()=>RF(r,e,n)),U(r,()=>r.uniform1i(t,n))}function Ku(r,e,t){U(r,()=>r.bindFramebuffer(r.FRAMEBUFFER,t)),U(r,()=>r.framebufferTexture2D(r.FRAMEBUFFER,r.COLOR_ATTACHMENT0,r.TEXTURE_2D,e,0))}function Zm(r,e){U(r,()=>r.bindFramebuffer(r.FRAMEBUFFER,e)),U(r,()=>r.framebufferTexture2D(r.FRAMEBUFFER,r.COLOR_ATTACHMENT0,r.TEXTURE_2D,null,0))}function hi(r){let e=r.checkFramebufferStatus(r.FRAMEBUFFER);if(e!==r.FRAMEBUFFER_COMPLETE)throw new Error("Error binding framebuffer: "+FF(r,e))}function FF(r,e){switch(e){case r.FRAMEBUFFER_INCOMPLETE_ATTACHMENT:return"FRAMEBUFFER_INCOMPLETE_ATTACHMENT";case r.FRAMEBUFFER_INCOMPLETE_MISSING_ATTACHMENT:return"FRAMEBUFFER_INCOMPLETE_MISSING_ATTACHMENT";case r.FRAMEBUFFER_INCOMPLETE_DIMENSIONS:return"FRAMEBUFFER_INCOMPLETE_DIMENSIONS";case r.FRAMEBUFFER_UNSUPPORTED:return"FRAMEBUFFER_UNSUPPORTED";default:return`unknown error ${e}`}}function vr(r,e,t){let n=U(r,()=>e());if(n==null)throw new Error(t);return n}function DF(r,e){let t=r.MAX_COMBINED_TEXTURE_IMAGE_UNITS-1,n=e+r.TEXTURE0;if(n<r.TEXTURE0||n>t){let o=`[gl.TEXTURE0, gl.TEXTURE${t}]`;throw new Error(`textureUnit must be in ${o}.`)}}function cn(r,e=2){return y.sizeFromShape(r.slice(0,r.length-e))}function mn(r){if(r.length===0)throw Error("Cannot get rows and columns of an empty shape array.");return[r.length>1?r[r.length-2]:1,r[r.length-1]]}function gi(r){let e=[1,1,1];return r.length===0||r.length===1&&r[0]===1||(e=[cn(r),...mn(r)]),e}function Zx(r,e=!1){let t=_().getNumber("WEBGL_MAX_TEXTURE_SIZE"),n=_().getNumber("WEBGL_MAX_SIZE_FOR_NARROW_TEXTURE");n===1/0&&_().getBool("WEBGL_AUTO_SQUARIFY_NARROW_TEXTURE_SHAPE")&&(n=t/2),e&&(t=t*2,n=n*2,r=r.map((i,u)=>u>=r.length-2?y.nearestLargerEven(r[u]):r[u]),r.length===1&&(r=[2,r[0]])),r.length!==2&&(r=y.squeezeShape(r).newShape);let o=y.sizeFromShape(r),s=null;r.length<=1&&o<=t?s=[1,o]:r.length===2&&r[0]<=t&&r[1]<=t?s=r:r.length===3&&r[0]*r[1]<=t&&r[2]<=t?s=[r[0]*r[1],r[2]]:r.length===3&&r[0]<=t&&r[1]*r[2]<=t?s=[r[0],r[1]*r[2]]:r.length===4&&r[0]*r[1]*r[2]<=t&&r[3]<=t?s=[r[0]*r[1]*r[2],r[3]]:r.length===4&&r[0]<=t&&r[1]*r[2]*r[3]<=t&&(s=[r[0],r[1]*r[2]*r[3]]);let a=s!=null&&Math.max(...s)>n&&Math.min(...s)<=(e?2:1)&&Math.min(...s)>0;if(s==null||a)if(e){let i=cn(r),u=2,l=2;r.length&&([u,l]=mn(r)),o=i*(u/2)*(l/2),s=y.sizeToSquarishShape(o).map(p=>p*2)}else s=y.sizeToSquarishShape(o);return s}function Wu(r){return r%2===0}function To(r,e){if(r=r.slice(-2),e=e.slice(-2),y.arraysEqual(r,e)||!r.length||!e.length||r[0]===0||r[1]===0||e[0]===0||e[1]===0)return!0;if(r.length!==e.length){let t=r[r.length-1],n=e[e.length-1];if(t===n||Wu(t)&&Wu(n)&&(r[0]===1||e[0]===1))return!0}return r[1]===e[1]&&Wu(r[0])&&Wu(e[0])}var qm,jm;function Jx(r){if(qm==null){let e=It(r);qm=e.getParameter(e.MAX_TEXTURE_SIZE)}return qm}function ey(r){if(jm==null){let e=It(r);jm=e.getParameter(e.MAX_TEXTURE_IMAGE_UNITS)}return Math.min(16,jm)}function ty(r){if(r===0)return 0;let e,t=It(r);return Et(t,"EXT_disjoint_timer_query_webgl2")&&r===2?e=2:Et(t,"EXT_disjoint_timer_query")?e=1:e=0,e}function Et(r,e){return r.getExtension(e)!=null}function Jm(r){try{if(It(r)!=null)return!0}catch(e){return console.log("Error when getting WebGL context: ",e),!1}return!1}function ry(r){if(r===0)return!1;let e=It(r);if(r===1){if(!Et(e,"OES_texture_float"))return!1}else if(!Et(e,"EXT_color_buffer_float"))return!1;return Xm(e)}function ny(r){if(r===0)return!1;let e=It(r);if(r===1){if(!Et(e,"OES_texture_float")||!Et(e,"WEBGL_color_buffer_float"))return!1}else{if(Et(e,"EXT_color_buffer_float"))return Xm(e);let n="EXT_color_buffer_half_float";if(Et(e,n)){let o=e.getExtension(n);return OF(e,o)}return!1}return Xm(e)}function Xm(r){let e=fi(r),t=r.createTexture();r.bindTexture(r.TEXTURE_2D,t),r.texImage2D(r.TEXTURE_2D,0,e.internalFormatFloat,1,1,0,e.textureFormatFloat,e.textureTypeFloat,null);let s=r.createFramebuffer();r.bindFramebuffer(r.FRAMEBUFFER,s),r.framebufferTexture2D(r.FRAMEBUFFER,r.COLOR_ATTACHMENT0,r.TEXTURE_2D,t,0);let a=r.checkFramebufferStatus(r.FRAMEBUFFER)===r.FRAMEBUFFER_COMPLETE;return r.bindTexture(r.TEXTURE_2D,null),r.bindFramebuffer(r.FRAMEBUFFER,null),r.deleteTexture(t),r.deleteFramebuffer(s),a}function OF(r,e){let t=fi(r,e),n=r.createTexture();r.bindTexture(r.TEXTURE_2D,n),r.texImage2D(r.TEXTURE_2D,0,t.internalFormatHalfFloat,1,1,0,t.textureFormatFloat,t.textureTypeHalfFloat,null);let a=r.createFramebuffer();r.bindFramebuffer(r.FRAMEBUFFER,a),r.framebufferTexture2D(r.FRAMEBUFFER,r.COLOR_ATTACHMENT0,r.TEXTURE_2D,n,0);let i=r.checkFramebufferStatus(r.FRAMEBUFFER)===r.FRAMEBUFFER_COMPLETE;return r.bindTexture(r.TEXTURE_2D,null),r.bindFramebuffer(r.FRAMEBUFFER,null),r.deleteTexture(n),r.deleteFramebuffer(a),i}function oy(r){return r!==2?!1:It(r).fenceSync!=null}function Hu(r,e){Array.isArray(r)||(r=[r]),r.forEach(t=>{t!=null&&y.assert(t.dtype!=="complex64",()=>`${e} does not support complex64 tensors in the WebGL backend.`)})}function ay(r,e,t,n){let o=t.map((p,c)=>{let m={logicalShape:p.shape,texShape:p.isUniform?null:p.texData.texShape,isUniform:p.isUniform,isPacked:p.isUniform?!1:p.texData.isPacked,flatOffset:null};return p.texData!=null&&p.texData.slice!=null&&p.texData.slice.flatOffset>0&&(m.flatOffset=p.texData.slice.flatOffset),{name:e.variableNames[c],shapeInfo:m}}),s=o.map(p=>p.shapeInfo),a={logicalShape:n.shape,texShape:n.texData.texShape,isUniform:!1,isPacked:n.texData.isPacked,flatOffset:null},i=Fx(o,a,e),u=Vx(r.gl,i),l=r.createProgram(u);return _().get("ENGINE_COMPILE_ONLY")?{program:e,fragmentShader:u,source:i,webGLProgram:l,inShapeInfos:s,outShapeInfo:a,variablesLocations:null,customUniformLocations:null,infLoc:null,nanLoc:null,outShapeLocation:null,outShapeStridesLocation:null,outTexShapeLocation:null}:(r.buildVao(l),Object.assign({program:e,fragmentShader:u,source:i,webGLProgram:l,inShapeInfos:s,outShapeInfo:a},ef(r,e,l)))}function ef(r,e,t){let n=[],o=[],s,a,i,u=null,l=null;l=r.getUniformLocation(t,"NAN",!1),_().getNumber("WEBGL_VERSION")===1&&(u=r.getUniformLocation(t,"INFINITY",!1));let p=!1;for(let c of e.variableNames){let m={name:c,uniform:r.getUniformLocation(t,c,p),offset:r.getUniformLocation(t,`offset${c}`,p)};e.enableShapeUniforms&&(m.shape=r.getUniformLocation(t,`${c}Shape`,p),m.texShape=r.getUniformLocation(t,`${c}TexShape`,p)),n.push(m)}if(e.enableShapeUniforms&&(s=r.getUniformLocation(t,"outShape",p),i=r.getUniformLocation(t,"outShapeStrides",p),a=r.getUniformLocation(t,"outTexShape",p)),e.customUniforms)for(let c of e.customUniforms)o.push(r.getUniformLocation(t,c.name,p));return{variablesLocations:n,customUniformLocations:o,infLoc:u,nanLoc:l,outShapeLocation:s,outShapeStridesLocation:i,outTexShapeLocation:a}}function sy(r,e){if(r.length!==e.length)throw Error(`Binary was compiled with ${r.length} inputs, but was executed with ${e.length} inputs`);r.forEach((t,n)=>{let o=t.logicalShape,s=e[n],a=s.shape;if(!y.arraysEqual(o,a))throw Error(`Binary was compiled with different shapes than the current args. Shapes ${o} and ${a} must match`);if(t.isUniform&&s.isUniform)return;let i=t.texShape,u=s.isUniform?null:s.texData.texShape;if(!y.arraysEqual(i,u))throw Error(`Binary was compiled with different texture shapes than the current args. Shape ${i} and ${u} must match`)})}function iy(r,e,t,n,o){e.program.enableShapeUniforms||(sy(e.inShapeInfos,t),sy([e.outShapeInfo],[n]));let s=n.texData.texture,a=n.texData.texShape;n.texData.isPacked?r.setOutputPackedMatrixTexture(s.texture,a[0],a[1]):r.setOutputMatrixTexture(s.texture,a[0],a[1]),r.setProgram(e.webGLProgram),r.bindVertexArray(e.webGLProgram.vao),_().getNumber("WEBGL_VERSION")===1&&e.infLoc!==null&&r.gl.uniform1f(e.infLoc,1/0),e.nanLoc!==null&&r.gl.uniform1f(e.nanLoc,NaN);for(let u=0;u<t.length;++u){let l=t[u],{uniform:p,offset:c,shape:m,texShape:f}=e.variablesLocations[u];if(m){let{uniformShape:d}=Vu(e.program.packedInputs,l.shape,l.texData.texShape);switch(d.length){case 1:r.gl.uniform1iv(m,new Int32Array(d));break;case 2:r.gl.uniform2iv(m,new Int32Array(d));break;case 3:r.gl.uniform3iv(m,new Int32Array(d));break;case 4:r.gl.uniform4iv(m,new Int32Array(d));break;default:break}}if(f&&r.gl.uniform2i(f,l.texData.texShape[0],l.texData.texShape[1]),p!=null){if(l.isUniform){if(y.sizeFromShape(l.shape)<2)r.gl.uniform1f(p,l.uniformValues[0]);else{let d=l.uniformValues;d instanceof Float32Array||(d=new Float32Array(d)),r.gl.uniform1fv(p,d)}continue}l.texData.slice!=null&&c!=null&&r.gl.uniform1i(c,l.texData.slice.flatOffset),r.setInputMatrixTexture(l.texData.texture.texture,p,u)}}let i=e.outShapeLocation;if(i)switch(n.shape.length){case 1:r.gl.uniform1iv(i,new Int32Array(n.shape));break;case 2:r.gl.uniform2iv(i,new Int32Array(n.shape));break;case 3:r.gl.uniform3iv(i,new Int32Array(n.shape));break;case 4:r.gl.uniform4iv(i,new Int32Array(n.shape));break;default:break}if(e.outShapeStridesLocation){let u=y.computeStrides(n.shape);switch(n.shape.length){case 2:r.gl.uniform1iv(e.outShapeStridesLocation,new Int32Array(u));break;case 3:r.gl.uniform2iv(e.outShapeStridesLocation,new Int32Array(u));break;case 4:r.gl.uniform3iv(e.outShapeStridesLocation,new Int32Array(u));break;default:break}}if(e.outTexShapeLocation&&r.gl.uniform2i(e.outTexShapeLocation,n.texData.texShape[0],n.texData.texShape[1]),e.program.customUniforms&&o)for(let u=0;u<e.program.customUniforms.length;++u){let l=e.program.customUniforms[u],p=e.customUniformLocations[u],c=o[u];if(l.type==="float")r.gl.uniform1fv(p,c);else if(l.type==="vec2")r.gl.uniform2fv(p,c);else if(l.type==="vec3")r.gl.uniform3fv(p,c);else if(l.type==="vec4")r.gl.uniform4fv(p,c);else if(l.type==="int")r.gl.uniform1iv(p,c);else if(l.type==="ivec2")r.gl.uniform2iv(p,c);else if(l.type==="ivec3")r.gl.uniform3iv(p,c);else if(l.type==="ivec4")r.gl.uniform4iv(p,c);else throw Error(`uniform type ${l.type} is not supported yet.`)}r.executeProgram()}function uy(r,e,t){let n="";e.concat(t).forEach(a=>{let i=a.texData!=null&&a.texData.slice!=null&&a.texData.slice.flatOffset>0;if(r.enableShapeUniforms&&!a.isUniform){let u=a.texData.texShape,{useSqueezeShape:l,uniformShape:p,keptDims:c}=Vu(r.packedInputs,a.shape,u),m="",f="",d="";if(p.length===1&&r.packedInputs){let k=[Math.ceil(u[0]/2),Math.ceil(u[1]/2)];m=`${k[0]>1}_${k[1]>1}`}else if(p.length===2&&!r.packedInputs)f=`${p[0]>1}_${p[1]>1}`;else if(p.length>2&&!r.packedInputs){let k=y.computeStrides(p);d=`${k[0]===u[1]}_${k[k.length-1]===u[1]}`}let g=a.shape.length,h=p.length===2&&y.arraysEqual(a.shape,u),x=y.sizeFromShape(a.shape)===1,b=v.getBroadcastDims(a.shape,t.shape),C=!r.packedInputs&&g===t.shape.length&&y.arraysEqual(u,t.texData.texShape),E=r.packedInputs||p.length>2?"":`${u[0]>1}_${u[1]>1}`;n+=`${g}_${C}_${l?c:""}_${p.length}_${x}_${b}_${h}_${m}_${f}_${d}_${E}_${i}`}else{let u=a.isUniform?"uniform":a.texData.texShape;n+=`${a.shape}_${u}_${i}`}});let o=r.userCode,s=r.constructor.name;return s+="_"+n+"_"+o+`${_().getNumber("WEBGL_VERSION")}`,s}function le(r){return _().getBool("WEBGL_USE_SHAPES_UNIFORMS")&&r<=4}var pa=`
  if (isnan(a)) return a;
  if (isnan(b)) return b;
`;var _t=class{constructor(e,t,n){this.variableNames=["A","B"],this.outputShape=v.assertAndGetBroadcastShape(t,n),this.enableShapeUniforms=le(this.outputShape.length),this.userCode=`
      float binaryOperation(float a, float b) {
        ${e}
      }

      void main() {
        float a = getAAtOutCoords();
        float b = getBAtOutCoords();
        setOutput(binaryOperation(a, b));
      }
    `}};function tf(r,e){return["x","y","z","w","u","v"].slice(0,e).map(t=>`${r}.${t}`)}function Ne(r,e){return e===1?[r]:tf(r,e)}function ly(r,e){if(r===1)return"rc";let t="";for(let n=0;n<r;n++)t+=e[n],n<r-1&&(t+=",");return t}var Ct=`
  result.r = isNaN.r ? NAN : result.r;
  result.g = isNaN.g ? NAN : result.g;
  result.b = isNaN.b ? NAN : result.b;
  result.a = isNaN.a ? NAN : result.a;
`;var Bt=class{constructor(e,t,n,o=!1){this.variableNames=["A","B"],this.supportsBroadcasting=!0,this.packedInputs=!0,this.packedOutput=!0,this.outputShape=v.assertAndGetBroadcastShape(t,n);let s=this.outputShape.length;this.enableShapeUniforms=le(s);let a="";if(o)if(s===0||y.sizeFromShape(this.outputShape)===1)a=`
          result.y = 0.;
          result.z = 0.;
          result.w = 0.;
        `;else if(a=`
          ${q(s)} coords = getOutputCoords();
        `,s===1)this.enableShapeUniforms?a+=`
            result.y = (coords + 1) >= outShape ? 0. : result.y;
            result.z = 0.;
            result.w = 0.;
          `:a+=`
            result.y = (coords + 1) >= ${this.outputShape[0]} ? 0. : result.y;
            result.z = 0.;
            result.w = 0.;
          `;else{let u=Ne("coords",s);this.enableShapeUniforms?a+=`
            bool nextRowOutOfBounds =
              (${u[s-2]} + 1) >= outShape[${s} - 2];
            bool nextColOutOfBounds =
              (${u[s-1]} + 1) >= outShape[${s} - 1];
            result.y = nextColOutOfBounds ? 0. : result.y;
            result.z = nextRowOutOfBounds ? 0. : result.z;
            result.w = nextColOutOfBounds || nextRowOutOfBounds ? 0. : result.w;
          `:a+=`
            bool nextRowOutOfBounds =
              (${u[s-2]} + 1) >= ${this.outputShape[s-2]};
            bool nextColOutOfBounds =
              (${u[s-1]} + 1) >= ${this.outputShape[s-1]};
            result.y = nextColOutOfBounds ? 0. : result.y;
            result.z = nextRowOutOfBounds ? 0. : result.z;
            result.w = nextColOutOfBounds || nextRowOutOfBounds ? 0. : result.w;
          `}this.userCode=`
      vec4 binaryOperation(vec4 a, vec4 b) {
        ${e}
      }

      void main() {
        vec4 a = getAAtOutCoords();
        vec4 b = getBAtOutCoords();

        vec4 result = binaryOperation(a, b);
        ${a}

        setOutput(result);
      }
    `}};function Ie(r){let{inputs:e,backend:t}=r,{x:n}=e;return t.incRef(n.dataId),{dataId:n.dataId,shape:n.shape,dtype:n.dtype}}var py={kernelName:pr,backendName:"webgl",kernelFunc:Ie};function kt(r){let{inputs:e,backend:t}=r,{real:n,imag:o}=e,s=t.makeTensorInfo(n.shape,"complex64"),a=t.texData.get(s.dataId),i=Ie({inputs:{x:n},backend:t}),u=Ie({inputs:{x:o},backend:t});return a.complexTensorInfos={real:i,imag:u},s}var cy={kernelName:Aa,backendName:"webgl",kernelFunc:kt};var rf="return (a < 0.) ? b * a : a;",nf=`
  vec4 aLessThanZero = vec4(lessThan(a, vec4(0.)));
  return (aLessThanZero * (b * a)) + ((vec4(1.0) - aLessThanZero) * a);
`;function BF(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{alpha:s}=n,a=t.makeTensorInfo([],"float32",y.createScalarValue(s,"float32")),i=_().getBool("WEBGL_PACK_BINARY_OPERATIONS")?new Bt(nf,o.shape,a.shape):new _t(rf,o.shape,a.shape),u=t.runWebGLProgram(i,[o,a],"float32");return t.disposeIntermediateTensorInfo(a),u}var my={kernelName:Mn,backendName:"webgl",kernelFunc:BF};var of="return (a < 0.) ? b * a : a;",sf=`
  vec4 aLessThanZero = vec4(lessThan(a, vec4(0.)));
  return (aLessThanZero * (b * a)) + ((vec4(1.0) - aLessThanZero) * a);
`;function LF(r){let{inputs:e,backend:t}=r,{x:n,alpha:o}=e,s=_().getBool("WEBGL_PACK_BINARY_OPERATIONS")?new Bt(sf,n.shape,o.shape):new _t(of,n.shape,o.shape);return t.runWebGLProgram(s,[n,o],"float32")}var fy={kernelName:Hn,backendName:"webgl",kernelFunc:LF};var qe=class{constructor(e,t){this.variableNames=["A"],this.outputShape=e,this.enableShapeUniforms=le(this.outputShape.length),this.userCode=`
      float unaryOperation(float x) {
        ${t}
      }

      void main() {
        float x = getAAtOutCoords();
        float y = unaryOperation(x);

        setOutput(y);
      }
    `}},Oe="if (isnan(x)) return x;",dy="return x;",af="return abs(x);";var hy="return (x >= 0.0) ? x : (exp(x) - 1.0);",gy=Oe+`
  return (x < 0.0) ? 0.0 : x;
`,xy=Oe+`
  return (x < 0.0) ? 0.0 : min(6.0, x);
`,ir="return x;",yy="return 1.0 / (1.0 + exp(-1.0 * x));";var wy="return x;",Ny=`
  vec4 result;

  result.r = (x.r >= 0.0) ? x.r : (exp(x.r) - 1.0);
  result.g = (x.g >= 0.0) ? x.g : (exp(x.g) - 1.0);
  result.b = (x.b >= 0.0) ? x.b : (exp(x.b) - 1.0);
  result.a = (x.a >= 0.0) ? x.a : (exp(x.a) - 1.0);

  return result;
`,Iy=`
  vec4 result = x * vec4(greaterThanEqual(x, vec4(0.0)));
  bvec4 isNaN = isnan(x);

  result.r = isNaN.r ? x.r : result.r;
  result.g = isNaN.g ? x.g : result.g;
  result.b = isNaN.b ? x.b : result.b;
  result.a = isNaN.a ? x.a : result.a;

  return result;
`,Cy=`
  vec4 result = min(x, vec4(6.)) * vec4(greaterThanEqual(x, vec4(0.0)));
  bvec4 isNaN = isnan(x);

  result.r = isNaN.r ? x.r : result.r;
  result.g = isNaN.g ? x.g : result.g;
  result.b = isNaN.b ? x.b : result.b;
  result.a = isNaN.a ? x.a : result.a;

  return result;
`,vy="return 1.0 / (1.0 + exp(-1.0 * x));",mt=class{constructor(e,t){this.variableNames=["A"],this.packedInputs=!0,this.packedOutput=!0,this.outputShape=e,this.enableShapeUniforms=le(this.outputShape.length),this.userCode=`
      vec4 unaryOperation(vec4 x) {
        ${t}
      }

      void main() {
        vec4 x = getAAtOutCoords();
        vec4 y = unaryOperation(x);

        setOutput(y);
      }
    `}};var Lt="if (isnan(x)) return x;";function G({opSnippet:r,packedOpSnippet:e,cpuKernelImpl:t,dtype:n}){return({inputs:o,backend:s})=>{let{x:a}=o,i=s,u=n||a.dtype;if(i.shouldExecuteOnCPU([a])&&t!=null){let c=i.texData.get(a.dataId),m=t(c.values,u);return i.makeTensorInfo(a.shape,u,m)}let l=_().getBool("WEBGL_PACK_UNARY_OPERATIONS")&&e!=null,p;return l?p=new mt(a.shape,e):p=new qe(a.shape,r),i.runWebGLProgram(p,[a],u)}}function oe({opSnippet:r,packedOpSnippet:e,checkOutOfBounds:t=!1,supportsComplex:n=!1,cpuKernelImpl:o,dtype:s}){return({inputs:a,backend:i})=>{let{a:u,b:l}=a,p=i;if(n&&u.dtype==="complex64"){let d=p.texData.get(u.dataId),g=p.texData.get(l.dataId),[h,x]=[[d.complexTensorInfos.real,g.complexTensorInfos.real],[d.complexTensorInfos.imag,g.complexTensorInfos.imag]].map(C=>{let[E,k]=C,A={dataId:E.dataId,dtype:E.dtype,shape:u.shape},R={dataId:k.dataId,dtype:k.dtype,shape:l.shape},F=new _t(r,u.shape,l.shape);return p.runWebGLProgram(F,[A,R],et(E.dtype,k.dtype))}),b=kt({inputs:{real:h,imag:x},backend:p});return p.disposeIntermediateTensorInfo(h),p.disposeIntermediateTensorInfo(x),b}let c=s||et(u.dtype,l.dtype);if((u.dtype==="string"||l.dtype==="string"||p.shouldExecuteOnCPU([u,l]))&&o!=null){let d=p.texData.get(u.dataId).values,g=p.texData.get(l.dataId).values,h=u.dtype==="string"?v.fromUint8ToStringArray(d):d,x=u.dtype==="string"?v.fromUint8ToStringArray(g):g,[b,C]=o(u.shape,l.shape,h,x,c),E=p.makeTensorInfo(C,c),k=p.texData.get(E.dataId);return k.values=b,E}let m=_().getBool("WEBGL_PACK_BINARY_OPERATIONS")&&e!=null,f;return m?f=new Bt(e,u.shape,l.shape,t):f=new _t(r,u.shape,l.shape),p.runWebGLProgram(f,[u,l],c)}}function Sr(r,e=!1){if(r==="linear")return e?wy:dy;if(r==="relu")return e?Iy:gy;if(r==="elu")return e?Ny:hy;if(r==="relu6")return e?Cy:xy;if(r==="prelu")return e?sf:of;if(r==="leakyrelu")return e?nf:rf;if(r==="sigmoid")return e?vy:yy;throw new Error(`Activation ${r} has not been implemented for the WebGL backend.`)}var ca=class{constructor(e,t,n,o=!1,s=!1,a=!1,i=null,u=!1,l=!1){this.variableNames=["matrixA","matrixB"],this.packedInputs=!0,this.packedOutput=!0,this.outputShape=n,this.enableShapeUniforms=le(this.outputShape.length);let p=o?e[1]:e[2],c=Math.ceil(p/2),m=o?"i * 2, rc.y":"rc.y, i * 2",f=s?"rc.z, i * 2":"i * 2, rc.z",d=o?["a.xxyy","a.zzww"]:["a.xxzz","a.yyww"],g=s?["b.xzxz","b.ywyw"]:["b.xyxy","b.zwzw"],h="",x="";i&&(u?h=`vec4 activation(vec4 a) {
          vec4 b = getPreluActivationWeightsAtOutCoords();
          ${i}
        }`:l?h=`vec4 activation(vec4 a) {
          vec4 b = getLeakyreluAlphaAtOutCoords();
          ${i}
        }`:h=`vec4 activation(vec4 x) {
          ${i}
        }`,x="result = activation(result);");let b=a?"result += getBiasAtOutCoords();":"";a&&this.variableNames.push("bias"),u&&this.variableNames.push("preluActivationWeights"),l&&this.variableNames.push("leakyreluAlpha");let C="rc.x",E="rc.x";e[0]<t[0]?C=`imod(rc.x, ${e[0]})`:t[0]<e[0]&&(E=`imod(rc.x, ${t[0]})`),this.userCode=`
      ${h}
      // Don't use uniform for sharedDimensionPacked for performance.
      const float sharedDimension = ${c}.0;

      vec4 dot2x2ARowBCol(ivec3 rc) {
        vec4 result = vec4(0);
        int batchA = ${C};
        int batchB = ${E};
        for (int i = 0; i < ${c}; i++) {
          vec4 a = getMatrixA(batchA, ${m});
          vec4 b = getMatrixB(batchB, ${f});

          // These swizzled products need to be separately added.
          // See: https://github.com/tensorflow/tfjs/issues/1735
          result += (${d[0]} * ${g[0]});
          result += (${d[1]} * ${g[1]});
        }
        return result;
      }

      void main() {
        ivec3 rc = getOutputCoords();
        vec4 result = dot2x2ARowBCol(rc);

        ${b}

        ${x}

        setOutput(result);
      }
    `}};var uf={REAL:"return areal * breal - aimag * bimag;",IMAG:"return areal * bimag + aimag * breal;"},xi=class{constructor(e,t,n){this.variableNames=["AReal","AImag","BReal","BImag"],this.outputShape=v.assertAndGetBroadcastShape(t,n),this.userCode=`
      float binaryOpComplex(
          float areal, float aimag, float breal, float bimag) {
        ${e}
      }

      void main() {
        float areal = getARealAtOutCoords();
        float aimag = getAImagAtOutCoords();
        float breal = getBRealAtOutCoords();
        float bimag = getBImagAtOutCoords();
        setOutput(binaryOpComplex(areal, aimag, breal, bimag));
      }
    `}};var Ff={};ue(Ff,{addImpl:()=>cf,bincountImpl:()=>Ey,bincountReduceImpl:()=>_y,bitwiseAndImpl:()=>mf,castImpl:()=>pf,ceilImpl:()=>ff,concatImpl:()=>bi,equalImpl:()=>df,expImpl:()=>hf,expm1Impl:()=>gf,floorDivImpl:()=>yf,floorImpl:()=>xf,gatherNdImpl:()=>ky,gatherV2Impl:()=>Ay,greaterEqualImpl:()=>wf,greaterImpl:()=>bf,lessEqualImpl:()=>If,lessImpl:()=>Nf,linSpaceImpl:()=>$y,logImpl:()=>Cf,maxImpl:()=>Ry,maximumImpl:()=>vf,minimumImpl:()=>Sf,multiplyImpl:()=>wi,negImpl:()=>Fy,notEqualImpl:()=>Tf,prodImpl:()=>Oy,raggedGatherImpl:()=>By,raggedRangeImpl:()=>My,raggedTensorToTensorImpl:()=>Gy,rangeImpl:()=>Ni,rsqrtImpl:()=>_f,scatterImpl:()=>Wy,sigmoidImpl:()=>zy,simpleAbsImpl:()=>Sy,sliceImpl:()=>da,sparseFillEmptyRowsImpl:()=>Ky,sparseReshapeImpl:()=>Hy,sparseSegmentReductionImpl:()=>qy,sqrtImpl:()=>jy,squaredDifferenceImpl:()=>kf,staticRegexReplaceImpl:()=>Af,stridedSliceImpl:()=>Xy,stringNGramsImpl:()=>Yy,stringSplitImpl:()=>Qy,stringToHashBucketFastImpl:()=>Zy,subImpl:()=>Rf,tileImpl:()=>Jy,topKImpl:()=>tb,transposeImpl:()=>Dy,uniqueImpl:()=>rb});function ju(r,e){Array.isArray(r)||(r=[r]),r.forEach(t=>{t!=null&&y.assert(t.dtype!=="complex64",()=>`${e} does not support complex64 tensors in the CPU backend.`)})}function Sy(r){let e=new Float32Array(r.length);for(let t=0;t<r.length;++t)e[t]=Math.abs(r[t]);return e}function fe(r){return(e,t,n,o,s)=>{let a=v.assertAndGetBroadcastShape(e,t),i=a.length,u=y.computeStrides(a),l=y.sizeFromShape(a),p=y.getTypedArrayFromDType(s,l),c=e.length,m=t.length,f=y.computeStrides(e),d=y.computeStrides(t),g=v.getBroadcastDims(e,a),h=v.getBroadcastDims(t,a);if(g.length+h.length===0)for(let x=0;x<p.length;++x)p[x]=r(n[x%n.length],o[x%o.length]);else for(let x=0;x<p.length;++x){let b=y.indexToLoc(x,i,u),C=b.slice(-c);g.forEach(R=>C[R]=0);let E=y.locToIndex(C,c,f),k=b.slice(-m);h.forEach(R=>k[R]=0);let A=y.locToIndex(k,m,d);p[x]=r(n[E],o[A])}return[p,a]}}function ma(r){let{inputs:e,backend:t}=r,{real:n,imag:o}=e,s=t.data.get(n.dataId).values,a=t.data.get(o.dataId).values,i=t.makeTensorInfo(n.shape,"complex64"),u=t.data.get(i.dataId);return u.complexTensorInfos={real:t.makeTensorInfo(n.shape,"float32",s),imag:t.makeTensorInfo(o.shape,"float32",a)},i}function Xu(r,e,t="float32"){if(t==="complex64"){let o=Xu(r,e,"float32"),s=Xu(r,e,"float32");return ma({inputs:{real:o,imag:s},backend:r})}let n=y.makeZerosTypedArray(y.sizeFromShape(e),t);return r.makeTensorInfo(e,t,n)}function lf(r){let{inputs:e,backend:t}=r,{x:n}=e;return t.incRef(n.dataId),{dataId:n.dataId,shape:n.shape,dtype:n.dtype}}function Ty(r){let{inputs:e,backend:t}=r,{input:n}=e,o=t.data.get(n.dataId).complexTensorInfos.real,s=t.data.get(o.dataId).values;return t.makeTensorInfo(o.shape,o.dtype,s)}function pf(r,e,t,n){if(n==="int32"){let o=Int32Array.from(r);return[e,"int32",o]}if(n==="bool"){let o=y.toTypedArray([0],t),[s,a]=fe((i,u)=>i!==u?1:0)(e,[],r,o,"bool");return[a,"bool",s]}throw new Error(`Error in Cast: failed to cast ${t} to ${n}`)}function yi(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{dtype:s}=n;if(s==="complex64"){if(o.dtype==="complex64")return lf({inputs:{x:o},backend:t});let p=Xu(t,o.shape,o.dtype),c=yi({inputs:{x:o},backend:t,attrs:{dtype:"float32"}}),m=ma({inputs:{real:c,imag:p},backend:t});return t.disposeIntermediateTensorInfo(p),t.disposeIntermediateTensorInfo(c),m}if(o.dtype==="complex64"){let p=Ty({inputs:{input:o},backend:t}),c=yi({inputs:{x:p},backend:t,attrs:{dtype:s}});return t.disposeIntermediateTensorInfo(p),c}if(!y.hasEncodingLoss(o.dtype,s)){let p=lf({inputs:{x:o},backend:t});return{dataId:p.dataId,shape:p.shape,dtype:s}}let a=t.data.get(o.dataId).values,[i,u,l]=pf(a,o.shape,o.dtype,s);return t.makeTensorInfo(i,u,l)}function ge(r,e,t,n){return t==null?({inputs:o,backend:s})=>{let{a,b:i}=o,u=s;ju([a,i],r);let l=u.data.get(a.dataId).values,p=u.data.get(i.dataId).values,c=a.dtype==="string"?v.fromUint8ToStringArray(l):l,m=a.dtype==="string"?v.fromUint8ToStringArray(p):p,f=n||a.dtype,[d,g]=e(a.shape,i.shape,c,m,f);return u.makeTensorInfo(g,f,d)}:({inputs:o,backend:s})=>{let{a,b:i}=o,u=s;if(a.dtype==="complex64"||i.dtype==="complex64"){let l=yi({inputs:{x:a},backend:u,attrs:{dtype:"complex64"}}),p=u.data.get(l.dataId),c=p.complexTensorInfos.real,m=p.complexTensorInfos.imag,f=u.data.get(c.dataId).values,d=u.data.get(m.dataId).values,g=yi({inputs:{x:i},backend:u,attrs:{dtype:"complex64"}}),h=u.data.get(g.dataId),x=h.complexTensorInfos.real,b=h.complexTensorInfos.imag,C=u.data.get(x.dataId).values,E=u.data.get(b.dataId).values,[k,A,R]=t(a.shape,i.shape,f,d,C,E),F=u.makeTensorInfo(R,"float32",k),D=u.makeTensorInfo(R,"float32",A),L=ma({inputs:{real:F,imag:D},backend:u});return u.disposeIntermediateTensorInfo(l),u.disposeIntermediateTensorInfo(g),u.disposeIntermediateTensorInfo(F),u.disposeIntermediateTensorInfo(D),L}else{let l=u.data.get(a.dataId).values,p=u.data.get(i.dataId).values,c=n||a.dtype,[m,f]=e(a.shape,i.shape,l,p,c);return u.makeTensorInfo(f,c,m)}}}function fa(r){return(e,t,n,o,s,a)=>{let i=v.assertAndGetBroadcastShape(e,t),u=y.sizeFromShape(i),l=i.length,p=y.computeStrides(i),c=y.getTypedArrayFromDType("float32",u),m=y.getTypedArrayFromDType("float32",u),f=v.getBroadcastDims(e,i),d=v.getBroadcastDims(t,i),g=v.mergeRealAndImagArrays(n,o),h=v.mergeRealAndImagArrays(s,a),x=e.length,b=y.computeStrides(e),C=t.length,E=y.computeStrides(t);if(f.length+d.length===0)for(let k=0;k<c.length;k++){let A=k%g.length,R=k%h.length,F=r(g[A*2],g[A*2+1],h[R*2],h[R*2+1]);c[k]=F.real,m[k]=F.imag}else for(let k=0;k<c.length;k++){let A=y.indexToLoc(k,l,p),R=A.slice(-x);f.forEach(j=>R[j]=0);let F=y.locToIndex(R,x,b),D=A.slice(-C);d.forEach(j=>D[j]=0);let L=y.locToIndex(D,C,E),z=r(g[F*2],g[F*2+1],h[L*2],h[L*2+1]);c[k]=z.real,m[k]=z.imag}return[c,m,i]}}var cf=fe(((r,e)=>r+e)),VF=fa(((r,e,t,n)=>({real:r+t,imag:e+n}))),Zie=ge("Add",cf,VF);function Ey(r,e,t,n,o){let s=y.sizeFromShape(n),a=y.makeZerosTypedArray(o,t);for(let i=0;i<r.length;i++){let u=r[i];if(u<0)throw new Error("Input x must be non-negative!");u>=o||(s>0?a[u]+=e[i]:a[u]+=1)}return a}function _y(r,e,t,n=!1){let o=r.shape[0],s=r.shape[1],a=ae([o,t],e.dtype);for(let i=0;i<o;i++)for(let u=0;u<s;u++){let l=r.get(i,u);if(l<0)throw new Error("Input x must be non-negative!");l>=t||(n?a.set(1,i,l):e.size>0?a.set(a.get(i,l)+e.get(i,u),i,l):a.set(a.get(i,l)+1,i,l))}return a}var mf=fe(((r,e)=>r&e)),sue=ge($r,mf);function Ge(r){return(e,t,n)=>{let o=y.getArrayFromDType(t,e.length);for(let s=0;s<e.length;++s)o[s]=r(e[s],n);return o}}function Yu(r,e,t){let n=Ge(e);return ft(r,n,t)}function ft(r,e,t){return({inputs:n,attrs:o,backend:s})=>{let{x:a}=n;ju(a,r);let i=s,u=i.data.get(a.dataId).values,l;if(a.dtype==="string"){if(!Array.isArray(u))throw new Error("String tensor's value was not an instance of Array");l=v.fromUint8ToStringArray(u)}else l=u;let p=t||a.dtype,c=e(l,p,o);return i.makeTensorInfo(a.shape,p,c)}}var ff=Ge(r=>Math.ceil(r)),gue=ft(Rr,ff);function bi(r,e,t,n){let o=y.getArrayFromDType(t,y.sizeFromShape(e));if(n&&t!=="string"){let s=0;r.forEach(a=>{let i=y.sizeFromShape(a.shape);o.set(a.vals,s),s+=i})}else{let s=0;r.forEach(a=>{let i=t==="string"?v.fromUint8ToStringArray(a.vals):a.vals,u=0;for(let l=0;l<a.shape[0];++l){let p=l*e[1]+s;for(let c=0;c<a.shape[1];++c)o[p+c]=i[u++]}s+=a.shape[1]})}return o}var df=fe((r,e)=>r===e?1:0),Cue=ge(Fr,df,null,"bool");var hf=Ge(r=>Math.exp(r)),_ue=ft("Exp",hf,"float32");var gf=Ge(r=>Math.expm1(r)),Fue=ft(Dr,gf);var xf=Ge(r=>Math.floor(r)),Lue=ft(Or,xf);var yf=fe((r,e)=>Math.floor(r/e)),Wue=ge(Pr,yf,null,"int32");function ky(r,e,t,n,o,s,a,i,u){let l=ae([n,s],t);for(let p=0;p<n;p++){let c=[],m=0;for(let f=0;f<o;f++){let d=r[p*o+f];m+=d*a[f],c.push(d)}if(m<0||m>=u/s)throw new Error(`Invalid indices: ${c} does not index into ${i}`);for(let f=0;f<s;f++)l.values[p*s+f]=e.get(...e.indexToLoc(m*s+f))}return l}function Ay(r,e,t){let n=ae(t,r.dtype);for(let o=0;o<n.size;++o){let a=n.indexToLoc(o).slice(),i=a[0],u=a[2],l=e.locToIndex([i,u]);a[2]=e.values[l];let p=r.locToIndex(a);0<=p&&p<r.values.length&&(n.values[o]=r.values[p])}return n}var bf=fe((r,e)=>r>e?1:0),Zue=ge(Br,bf,null,"bool");var wf=fe((r,e)=>r>=e?1:0),nle=ge(Lr,wf,null,"bool");var Nf=fe((r,e)=>r<e?1:0),ule=ge(Mr,Nf,null,"bool");var If=fe((r,e)=>r<=e?1:0),fle=ge(Ur,If,null,"bool");function $y(r,e,t){let n=(e-r)/(t-1),o=y.makeZerosTypedArray(t,"float32");o[0]=r;for(let s=1;s<o.length;s++)o[s]=o[s-1]+n;return o}var Cf=Ge(r=>Math.log(r)),wle=ft("Log",Cf);function Ry(r,e,t,n){let o=y.getTypedArrayFromDType(n,y.sizeFromShape(t));for(let s=0;s<o.length;++s){let a=s*e,i=r[a];for(let u=0;u<e;++u){let l=r[a+u];(Number.isNaN(l)||l>i)&&(i=l)}o[s]=i}return o}var vf=fe(((r,e)=>Math.max(r,e))),Ele=ge(Vr,vf);var Sf=fe(((r,e)=>Math.min(r,e))),Rle=ge(Gr,Sf);var wi=fe(((r,e)=>r*e)),GF=fa(((r,e,t,n)=>({real:r*t-e*n,imag:r*n+e*t}))),Ble=ge(Wr,wi,GF);function Fy(r,e,t){let n=y.createScalarValue(-1,t);return wi([],e,n,r,t)}var Tf=fe(((r,e)=>r!==e?1:0)),Kle=ge(zr,Tf,null,"bool");function Dy(r,e,t,n,o){let s=e.length,a=y.sizeFromShape(e),i=y.computeStrides(e),u=y.computeStrides(o),l=y.getTypedArrayFromDType(t,y.sizeFromShape(o));for(let p=0;p<a;++p){let c=y.indexToLoc(p,s,i),m=new Array(c.length);for(let d=0;d<m.length;d++)m[d]=c[n[d]];let f=y.locToIndex(m,s,u);l[f]=r[p]}return l}function Oy(r,e,t,n){let[o,s]=v.computeOutAndReduceShapes(r,n),a=et(e,"int32"),i=y.makeZerosTypedArray(y.sizeFromShape(o),a),u=y.sizeFromShape(s);for(let l=0;l<i.length;++l){let p=l*u,c=1;for(let m=0;m<u;++m)c*=t[p+m];i[l]=c}return{outVals:i,outShape:o,outDtype:a}}function WF(r,e,t){r.forEach((n,o)=>{if(n<0||n>=t){let s=y.indexToLoc(o,e.length,y.computeStrides(e)).join(",");throw new Error(`indices[${s}] = ${n} is not in [0, ${t})`)}})}function zF(r,e){for(let t=0;t<r.length;++t){let n=r[t],o=t===r.length-1?e:r[t+1].length;if(n.length===0)throw new Error("Ragged splits may not be empty");if(n[0]<0)throw new Error("Ragged splits must be non-negative");if(n[n.length-1]>o)throw new Error("Ragged splits must not point past values");for(let s=1;s<n.length;++s)if(n[s-1]>n[s])throw new Error("Ragged splits must be sorted in ascending order")}}function KF(r,e,t,n){let o=[],s=0,a=e.length-1+t.length,i=new Array(a).fill(null).map(()=>[0]);zF(t,n);let u=1;for(let l=0;l<e.length-1;++l){u*=e[l];let p=e[l+1];for(let c=1;c<u+1;++c)i[l].push(c*p)}for(let l=0;l<r.length;++l){let p=r[l],c=r[l]+1;for(let m=0;m<t.length;++m){let f=t[m],d=m+e.length-1;if(d>=0){let g=i[d],h=g[g.length-1]-f[p];for(let x=p;x<c;++x)i[d].push(f[x+1]+h)}p=f[p],c=f[c]}c!==p&&(o.push([p,c]),s+=c-p)}return{outSplits:i,valueSlices:o,numValues:s}}function HF(r){let e=[];for(let t=0;t<r.length;++t){let n=r[t].length,o=y.getArrayFromDType("int32",n);e.push(o),r[t].forEach((s,a)=>o[a]=s)}return e}function Py(r,e){let t=r.slice(0,e);for(;t.length<e;)t.push(1);for(let n=e;n<r.length;n++)t[e-1]*=r[n];return t}function qF(r,e,t,n,o,s){let a=Py(e,2)[1],i=Py(s,2)[1],u=0;for(let l of t)for(let p=l[0];p<l[1];++p){for(let c=0;c<n;++c)o[u*i+c]=r[p*a+c];++u}}function jF(r,e,t,n,o){let s=e.slice();s[0]=o;let a=y.getArrayFromDType(t,y.sizeFromShape(s)),i=r.length,u=i===0?0:i/e[0];return qF(r,e,n,u,a,s),[a,s]}function By(r,e,t,n,o,s,a,i){if(r.length===0)throw new Error("paramsNestedSplits must be non empty");if(e[0].length===0)throw new Error("Split tensors must not be scalars");let u=e[0][0]-1;if(WF(s,a,u),n.length===0)throw new Error("params.rank must be nonzero");let l=n[0],{outSplits:p,valueSlices:c,numValues:m}=KF(s,a,r,l),f=HF(p),d=jF(t,n,o,c,m);return[f,d[0],d[1]]}var Ly=2147483647;function My(r,e,t,n,o,s,a){if(e.length>1)throw new Error("starts must be a scalar or vector");if(o.length>1)throw new Error("limits must be a scalar or vector");if(a.length>1)throw new Error("deltas must be a scalar or vector");let i=e.length===0,u=o.length===0,l=a.length===0,p=[];i||p.push(e[0]),u||p.push(o[0]),l||p.push(a[0]);for(let h=1;h<p.length;++h)if(p[h]!==p[h-1])throw new Error("starts, limits, and deltas must have the same shape");let c=p.length===0?1:p[0],m=y.getArrayFromDType("int32",c+1);m[0]=0;for(let h=0;h<c;++h){let x=i?r[0]:r[h],b=u?n[0]:n[h],C=l?s[0]:s[h];if(C===0)throw new Error("Requires delta != 0");let E;if(C>0&&b<x||C<0&&b>x)E=0;else if(E=Math.ceil(Math.abs((b-x)/C)),E>Ly)throw new Error(`Requires ((limit - start) / delta) <= ${Ly}`);m[h+1]=m[h]+E}let f=m[c],d=y.getArrayFromDType(t,f),g=0;for(let h=0;h<c;++h){let x=m[h+1]-m[h],b=i?r[0]:r[h],C=l?s[0]:s[h];for(let E=0;E<x;++E)d[g++]=b,b+=C}return[m,d]}var Mt=v.RowPartitionType,Ef=class r{constructor(e,t,n,o,s,a,i,u,l,p){this.shape=e,this.shapeShape=t,this.values=n,this.valuesShape=o,this.valuesDType=s,this.defaultValue=a,this.defaultValueShape=i,this.rowPartitionValues=u,this.rowPartitionValuesShapes=l,this.rowPartitionTypes=v.getRowPartitionTypesHelper(p),this.raggedRank=v.getRaggedRank(this.rowPartitionTypes)}getRowPartitionTypeByDimension(e){return this.rowPartitionTypes[0]===Mt.FIRST_DIM_SIZE?this.rowPartitionTypes[e+1]:this.rowPartitionTypes[e]}getRowPartitionTensor(e){return this.rowPartitionTypes[0]===Mt.FIRST_DIM_SIZE?this.rowPartitionValues[e+1]:this.rowPartitionValues[e]}getMaxWidth(e){let t=this.getRowPartitionTensor(e-1);switch(this.getRowPartitionTypeByDimension(e-1)){case Mt.VALUE_ROWIDS:return r.getMaxWidthValueRowID(t);case Mt.ROW_SPLITS:return r.getMaxWidthRowSplit(t);default:throw new Error(`Cannot handle partition type ${Mt[this.getRowPartitionTypeByDimension(e-1)]}`)}}static getMaxWidthRowSplit(e){let t=e.length;if(t===0||t===1)return 0;let n=0;for(let o=0;o<t-1;++o){let s=e[o+1]-e[o];s>n&&(n=s)}return n}static getMaxWidthValueRowID(e){let t=e.length;if(t===0)return 0;let n=0,o=e[0],s=0;for(let a=1;a<t;++a){let i=e[a];i!==o&&(o=i,s=Math.max(a-n,s),n=a)}return Math.max(t-n,s)}tensorShapeFromTensor(e,t,n=!0){if(t.length===0){if(e[0]===-1)return[];throw new Error("The only valid scalar shape tensor is the fully unknown shape specified as -1.")}return Vy(e,n)}calculateOutputSize(e){let t=this.valuesShape,n=this.defaultValueShape;v.validateDefaultValueShape(n,t);let o=this.tensorShapeFromTensor(this.shape,this.shapeShape),a=v.combineRaggedTensorToTensorShapes(this.raggedRank,o,t);a[0]<0&&(a[0]=e);for(let i=1;i<=this.raggedRank;++i)a[i]<0&&(a[i]=this.getMaxWidth(i));return a}calculateFirstParentOutputIndex(e,t,n){let o=Math.min(e,n),s=[],a=0;for(let i=0;i<o;++i,a+=t)s.push(a);for(let i=o;i<e;++i)s.push(-1);return y.assert(s.length===e,()=>"Final length of result must be equal to firstDimension."),s}calculateOutputIndexRowSplit(e,t,n,o){let s=e.length,a=[];for(let i=0;i<s-1;++i){let u=e[i+1]-e[i],l=Math.min(o,u),p=t[i];p===-1&&(l=0);for(let c=0;c<l;++c)a.push(p),p+=n;for(let c=0;c<u-l;++c)a.push(-1)}if(s>0&&a.length!==e[s-1])throw new Error("Invalid row split size.");return a}calculateOutputIndexValueRowID(e,t,n,o){let s=e.length,a=[];if(s===0)return[];let i=0,u=e[0];if(u>=t.length)throw new Error(`Got currentValueRowId=${u}, which is not less than ${t.length}`);let l=t[u];a.push(l);for(let p=1;p<s;++p){let c=e[p];if(c===u)l>=0&&(++i,i<o?l+=n:l=-1);else{if(i=0,u=c,c>=t.length)throw new Error(`Got nextValueRowId=${c} which is not less than ${t.length}`);l=t[c]}a.push(l)}if(a.length!==e.length)throw new Error("Invalid row ids.");return a}calculateOutputIndex(e,t,n,o){let s=this.getRowPartitionTensor(e),a=this.getRowPartitionTypeByDimension(e);switch(a){case Mt.VALUE_ROWIDS:return this.calculateOutputIndexValueRowID(s,t,n,o);case Mt.ROW_SPLITS:if(s.length-1>t.length)throw new Error(`Row partition size is greater than output size: ${s.length-1} > ${t.length}`);return this.calculateOutputIndexRowSplit(s,t,n,o);default:throw new Error(`Unsupported partition type: ${Mt[a]}`)}}getFirstDimensionSize(){let e=this.rowPartitionValues[0];if(this.rowPartitionTypes.length===0)throw new Error("No row_partition_types given.");let t=this.rowPartitionTypes[0];switch(t){case Mt.FIRST_DIM_SIZE:return e[0];case Mt.VALUE_ROWIDS:throw new Error("Cannot handle VALUE_ROWIDS in first dimension.");case Mt.ROW_SPLITS:return this.rowPartitionValuesShapes[0][0]-1;default:throw new Error(`Cannot handle type ${Mt[t]}`)}}compute(){if(this.rowPartitionValues[0].length<=0)throw new Error("Invalid first partition input. Tensor requires at least one element.");let t=this.getFirstDimensionSize(),n=this.calculateOutputSize(t),o=new Array(this.raggedRank+1);o[o.length-1]=1;for(let u=o.length-2;u>=0;--u)o[u]=o[u+1]*n[u+1];let s=Vy(n,!1),a=y.getArrayFromDType(this.valuesDType,y.sizeFromShape(s));if(o[0]*n[0]>0){let u=this.calculateFirstParentOutputIndex(t,o[0],n[0]);for(let l=1;l<=this.raggedRank;++l)u=this.calculateOutputIndex(l-1,u,o[l],n[l]);this.setOutput(this.raggedRank,u,a,s)}return[s,a]}setOutput(e,t,n,o){if(n.length===0)return;let s=this.values,a=n,i=o.slice();i=i.slice(e+1);let u=y.sizeFromShape(i),l=t.length,p=this.defaultValue;if(p.length!==u&&p.length!==1){let d=this.defaultValueShape;J(()=>{let g=P(p,d);p=yr(g,i).dataSync()})}let c=0,m=0,f=0;for(let d=0;d<=l;++d){let g=d<l?t[d]:-1;if(g===f){++f;continue}if(m<f){let h=s.subarray(c*u),x=a.subarray(m*u),b=(f-m)*u;Uy(x,h,b)}if(d>=l){let h=n.length;g=Math.floor(h/u)}if(g>f)if(this.defaultValue.length===1)a.subarray(f*u,g*u).fill(this.defaultValue[0]),f=g;else for(;g>f;){let h=a.slice(f*u);Uy(h,p,u),++f}g<0?(c=d+1,m=f):(c=d,m=f,f=m+1)}}};function Uy(r,e,t){for(let n=0;n<t;n++)r[n]=e[n]}function Vy(r,e){let t=[];for(let n of r){if(n<0){if(!e)throw new Error(`Dimension ${n} must be >= 0`);if(n<-1)throw new Error(`Dimension ${n} must be >= -1`);n=-1}t.push(n)}return t}function Gy(r,e,t,n,o,s,a,i,u,l){return new Ef(r,e,t,n,o,s,a,i,u,l).compute()}function Ni(r,e,t,n){let o=r===e,s=r<e&&t<0,a=e<r&&t>1;if(o||s||a)return y.makeZerosTypedArray(0,n);let i=Math.abs(Math.ceil((e-r)/t)),u=y.makeZerosTypedArray(i,n);e<r&&t===1&&(t=-1),u[0]=r;for(let l=1;l<u.length;l++)u[l]=u[l-1]+t;return u}var _f=Ge(r=>1/Math.sqrt(r)),upe=ft(Hr,_f);function Wy(r,e,t,n,o,s,a,i,u,l){let p=[n/o,o],c=r.values,m=e.values;if(n===0)return ae(t,e.dtype);let f=u instanceof Zt?u:ae(p,e.dtype);typeof u=="string"||typeof u=="number"?f.values.fill(u):typeof u=="boolean"&&f.values.fill(+u);for(let d=0;d<s;d++){let g=[],h=0;for(let x=0;x<a;x++){let b=c[d*a+x];g.push(b),h+=b*i[x]}if(h<0||h>=n/o)throw new Error(`Invalid indices: ${g} does not index into ${t}`);for(let x=0;x<o;x++)l?f.values[h*o+x]+=m[d*o+x]:f.values[h*o+x]=e.rank===0?m[0]:m[d*o+x]}return f}var zy=Ge(r=>1/(1+Math.exp(-r))),hpe=Yu(qr,r=>1/(1+Math.exp(-r)));function da(r,e,t,n,o){let s=De.isSliceContinous(n,e,t),a=y.sizeFromShape(t),i=y.computeStrides(n);if(s){let c=De.computeFlatOffset(e,i);return o==="string"?r.slice(c,c+a):r.subarray(c,c+a)}let u=o==="string"?v.fromUint8ToStringArray(r):r,l=ae(n,o,u),p=ae(t,o);for(let c=0;c<p.size;++c){let m=p.indexToLoc(c),f=m.map((d,g)=>d+e[g]);p.set(l.get(...f),...m)}return o==="string"?v.fromStringArrayToUint8(p.values):p.values}function Ky(r,e,t,n,o,s,a){let i=e[0],u=s[0],l=new Array(u),p=new Array(i),c=e[1];if(u===0){if(i!==0)throw new Error(v.getSparseFillEmptyRowsIndicesDenseShapeMismatch(i));let h=y.getArrayFromDType(t,0),x=y.getArrayFromDType(o,0);return[h,[0,c],x,l,p]}let m=!0,f=0,d=new Array(u).fill(0);for(let h=0;h<i;++h){let x=r[h*c];if(x<0)throw new Error(v.getSparseFillEmptyRowsNegativeIndexErrorMessage(h,x));if(x>=u)throw new Error(v.getSparseFillEmptyRowsOutOfRangeIndexErrorMessage(h,x,u));++d[x],m=m&&x>=f,f=x}let g=!0;for(let h=0;h<u;++h){let x=d[h]===0;l[h]=x,g=g&&!x,d[h]=Math.max(d[h],1),h>0&&(d[h]+=d[h-1])}if(g&&m){let h=r,x=n;for(let b=0;b<i;++b)p[b]=b;return[h,[i,c],x,l,p]}else{let h=d[u-1],x=y.getArrayFromDType(t,h*c),b=y.getArrayFromDType(o,h),C=new Array(u).fill(0);for(let E=0;E<i;++E){let k=r[E*c],A=C[k],R=(k===0?0:d[k-1])+A;C[k]++;for(let F=0;F<c;++F)x[R*c+F]=r[E*c+F];b[R]=n[E],p[E]=R}for(let E=0;E<u;++E)if(C[E]===0){let A=E===0?0:d[E-1];x[A*c+0]=E;for(let R=1;R<c;++R)x[A*c+R]=0;b[A]=a}return[x,[h,c],b,l,p]}}function Hy(r,e,t,n,o){let s=y.sizeFromShape(n),a=e[0],i=o.length,u=[],l=1,p=-1;for(let h=0;h<i;++h){let x=o[h];if(x===-1){if(p!==-1)throw new Error(v.getSparseReshapeMultipleNegativeOneOutputDimErrorMessage(p,h));p=h,u.push(1)}else{if(x<0)throw new Error(v.getSparseReshapeNegativeOutputDimErrorMessage(h,x));l*=x,u.push(x)}}if(p!==-1){if(l<=0)throw new Error(v.getSparseReshapeEmptyTensorZeroOutputDimErrorMessage());let h=Math.trunc(s/l);if(l*h!==s)throw new Error(v.getSparseReshapeInputOutputMultipleErrorMessage(n,u));u[p]=h}if(y.sizeFromShape(u)!==s)throw new Error(v.getSparseReshapeInputOutputMismatchErrorMessage(n,u));let m=n.length,f=[];if(m>0){f[m-1]=1;for(let h=m-2;h>=0;--h)f[h]=f[h+1]*n[h+1]}let d=[];if(i>0){d[i-1]=1;for(let h=i-2;h>=0;--h)d[h]=d[h+1]*u[h+1]}let g=y.getArrayFromDType(t,a*i);for(let h=0;h<a;++h){let x=0;for(let b=0;b<m;++b)x+=r[h*m+b]*f[b];for(let b=0;b<i;++b)g[h*i+b]=Math.trunc(x/d[b]),x%=d[b]}return[g,[a,i],u]}function qy(r,e,t,n,o,s=!1,a=0){let i=n.length,u=[e[0],r.length/e[0]],l=u[1],c=i>0?o[i-1]+1:0;if(c<0)throw new Error(v.getSparseSegmentReductionNegativeSegmentIdsErrorMessage());let m=e.slice();m[0]=c;let f=m.reduce((C,E)=>C*E,1),d=y.getArrayFromDType(t,f);if(i===0)return c>0&&d.fill(a),[d,m];if(c<=0)throw new Error(v.getSparseSegmentReductionNegativeSegmentIdsErrorMessage());let g=0,h=1,x=0,b=o[g];for(;;){let C=0;if(h<i){if(C=o[h],b===C){++h;continue}if(b>=C)throw new Error(v.getSparseSegmentReductionNonIncreasingSegmentIdsErrorMessage())}if(b<0||b>=c)throw new Error(v.getSparseSegmentReductionSegmentIdOutOfRangeErrorMessage(b,c));b>x&&d.fill(a,x*l,b*l);for(let E=g;E<h;++E){let k=n[E];if(k<0||k>=u[0])throw new Error(v.getSparseSegmentReductionIndicesOutOfRangeErrorMessage(E,n[E],u[0]));for(let A=0;A<l;A++)d[b*l+A]+=r[k*l+A]}if(s)for(let E=0;E<l;E++)d[b*l+E]/=h-g;if(g=h,++h,x=b+1,b=C,h>i)break}return x<c&&d.fill(a,x*l,c*l),[d,m]}var jy=Ge(r=>Math.sqrt(r)),_pe=Yu(jr,r=>Math.sqrt(r));var kf=fe(((r,e)=>{let t=r-e;return t*t})),Fpe=ge(Xr,kf);var Af=Ge((r,e)=>{let{pattern:t,replaceGlobal:n,rewrite:o}=e;return r.replace(new RegExp(t,n?"g":""),o)}),Lpe=ft(ch,Af);function Xy(r,e,t,n){let o=ae(r,e.dtype);for(let s=0;s<o.size;s++){let a=o.indexToLoc(s),i=new Array(a.length);for(let u=0;u<i.length;u++)i[u]=a[u]*t[u]+n[u];o.set(e.get(...i),...a)}return o}var $f=class{constructor(e,t,n,o,s,a){this.separator=y.encodeString(e),this.nGramWidths=t,this.leftPad=y.encodeString(n),this.rightPad=y.encodeString(o),this.padWidth=s,this.preserveShort=a}getPadWidth(e){return Math.min(this.padWidth<0?e-1:this.padWidth,e-1)}getNumNGrams(e,t){let n=this.getPadWidth(t);return Math.max(0,e+2*n-t+1)}createNGrams(e,t,n,o,s,a){for(let i=0;i<s;++i){let u=this.getPadWidth(a),l=Math.max(0,u-i),p=Math.max(0,u-(s-(i+1))),c=a-(l+p),m=t+(l>0?0:i-u),f=0;f+=l*this.leftPad.length;for(let b=0;b<c;++b)f+=e[m+b].length;f+=p*this.rightPad.length;let d=l+p+c-1;f+=d*this.separator.length,n[o+i]=new Uint8Array(f);let g=n[o+i],h=0,x=b=>b.forEach(C=>g[h++]=C);for(let b=0;b<l;++b)x(this.leftPad),x(this.separator);for(let b=0;b<c-1;++b)x(e[m+b]),x(this.separator);if(c>0){x(e[m+c-1]);for(let b=0;b<p;++b)x(this.separator),x(this.rightPad)}else{for(let b=0;b<p-1;++b)x(this.rightPad),x(this.separator);x(this.rightPad)}}}compute(e,t){let n=e.length,o=t.length;if(o>0){let u=t[0];if(u!==0)throw new Error(`First split value must be 0, got ${u}`);for(let l=1;l<o;++l){let p=t[l]>=u;if(p=p&&t[l]<=n,!p)throw new Error(`Invalid split value ${t[l]}, must be in [${u}, ${n}]`);u=t[l]}if(u!==n)throw new Error(`Last split value must be data size. Expected ${n}, got ${u}`)}let s=o-1,a=y.getArrayFromDType("int32",o);if(n===0||o===0){let u=new Array(n);for(let l=0;l<=s;++l)a[l]=0;return[u,a]}a[0]=0;for(let u=1;u<=s;++u){let l=t[u]-t[u-1],p=0;this.nGramWidths.forEach(c=>{p+=this.getNumNGrams(l,c)}),this.preserveShort&&l>0&&p===0&&(p=1),a[u]=a[u-1]+p}let i=new Array(a[s]);for(let u=0;u<s;++u){let l=t[u],p=a[u];if(this.nGramWidths.forEach(c=>{let m=t[u+1]-t[u],f=this.getNumNGrams(m,c);this.createNGrams(e,l,i,p,f,c),p+=f}),this.preserveShort&&p===a[u]){let c=t[u+1]-t[u];if(c===0)continue;let m=c+2*this.padWidth;this.createNGrams(e,l,i,p,1,m)}}return[i,a]}};function Yy(r,e,t,n,o,s,a,i){return new $f(t,n,o,s,a,i).compute(r,e)}function XF(r,e,t,n){if(!r.length)return;if(e.length===0){for(let s=0;s<r.length;++s)n.push(r.subarray(s,s+1));return}if(e.length===1){let s=e[0],a=r.indexOf(s);for(;a!==-1;){let i=r.subarray(0,a);(!t||i.length!==0)&&n.push(i),r=r.subarray(a+1),a=r.indexOf(s)}(!t||r.length!==0)&&n.push(r);return}let o=0;for(let s=0;s<r.length+1;s++)if(s===r.length||e.indexOf(r[s])!==-1){let a=r.subarray(o,s);(!t||a.length!==0)&&n.push(a),o=s+1}}function Qy(r,e,t){let n=r.length,o=[],s=0,a=0,i=new Array(n);for(let m=0;m<n;++m){let f=o.length;XF(r[m],e,t,o);let d=o.length-f;i[m]=d,s+=d,a=Math.max(a,d)}let u=y.getArrayFromDType("int32",s*2),l=new Array(s),p=[n,a],c=0;for(let m=0;m<n;++m)for(let f=0;f<i[m];++f)u[c*2]=m,u[c*2+1]=f,l[c]=o[c],++c;return[u,l,p]}function Zy(r,e){let t=y.getArrayFromDType("int32",r.length);for(let n=0;n<r.length;++n)t[n]=y.fingerPrint64(r[n]).modulo(e).getLowBitsUnsigned();return t}var Rf=fe(((r,e)=>r-e)),YF=fa(((r,e,t,n)=>({real:r-t,imag:e-n}))),Qpe=ge("Sub",Rf,YF);function Jy(r,e){let t=new Array(r.rank);for(let o=0;o<t.length;o++)t[o]=r.shape[o]*e[o];let n=ae(t,r.dtype);for(let o=0;o<n.values.length;++o){let s=n.indexToLoc(o),a=new Array(r.rank);for(let u=0;u<a.length;u++)a[u]=s[u]%r.shape[u];let i=r.locToIndex(a);n.values[o]=r.values[i]}return n}var Ii=(r,e)=>{let t=e.value-r.value;return t===0?r.index-e.index:t};function eb(r,e,t=0,n=r.length-1){for(;n>t;){if(n-t>600){let i=n-t+1,u=e-t+1,l=Math.log(i),p=.5*Math.exp(2*l/3),c=.5*Math.sqrt(l*p*(i-p)/i)*Math.sign(u-i/2),m=Math.max(t,Math.floor(e-u*p/i+c)),f=Math.min(n,Math.floor(e+(i-u)*p/i+c));eb(r,e,m,f)}let o=r[e],s=t,a=n;for(y.swap(r,t,e),Ii(r[n],o)>0&&y.swap(r,t,n);s<a;){for(y.swap(r,s,a),s++,a--;Ii(r[s],o)<0;)s=s+1;for(;Ii(r[a],o)>0;)a=a-1}Ii(r[t],o)===0?y.swap(r,t,a):(a=a+1,y.swap(r,a,n)),a<=e&&(t=a+1),e<=a&&(n=a-1)}}function tb(r,e,t,n,o){let s=e[e.length-1],[a,i]=[r.length/s,s],u=y.getTypedArrayFromDType(t,a*n),l=y.getTypedArrayFromDType("int32",a*n);for(let c=0;c<a;c++){let m=c*i,f=r.subarray(m,m+i),d=new Array(f.length);f.forEach((b,C)=>d[C]={value:b,index:C}),n<d.length&&(eb(d,n),d=d.slice(0,n)),o&&d.sort(Ii);let g=c*n,h=u.subarray(g,g+n),x=l.subarray(g,g+n);for(let b=0;b<n;b++)h[b]=d[b].value,x[b]=d[b].index}let p=e.slice();return p[p.length-1]=n,[ae(p,t,u),ae(p,"int32",l)]}function rb(r,e,t,n){let o=y.parseAxisParam(e,t)[0],s=[1,t[0],1];for(let d=0;d<o;d++)s[0]*=t[d];s[1]=t[o];for(let d=o+1;d<t.length;d++)s[2]*=t[d];let a=new Map,i=new Int32Array(t[o]),u=new Zt(s,n,r),l=[],p=s[0]===1&&s[2]===1;for(let d=0;d<t[o];d++){let g;if(p)g=r[d].toString();else{let x=[];for(let b=0;b<s[0];b++)for(let C=0;C<s[2];C++)x.push(u.get(b,d,C));g=x.join(",")}let h=a.get(g);if(h!=null)i[d]=h;else{let x=a.size;a.set(g,x),i[d]=x,l.push(d)}}let c=s.slice();c[1]=a.size;let m=new Zt(c,n);l.forEach((d,g)=>{for(let h=0;h<s[0];h++)for(let x=0;x<s[2];x++)m.set(u.get(h,d,x),h,g,x)});let f=t.slice();return f[o]=c[1],{outputValues:m.values,outputShape:f,indices:i}}var{addImpl:nb,bincountImpl:tme,bincountReduceImpl:rme,bitwiseAndImpl:ob,castImpl:sb,ceilImpl:ab,concatImpl:ib,equalImpl:ub,expImpl:lb,expm1Impl:pb,floorImpl:cb,gatherNdImpl:mb,gatherV2Impl:fb,greaterImpl:db,greaterEqualImpl:hb,lessImpl:gb,lessEqualImpl:xb,linSpaceImpl:yb,logImpl:bb,maxImpl:wb,maximumImpl:Nb,minimumImpl:Ib,multiplyImpl:Cb,negImpl:vb,notEqualImpl:Sb,prodImpl:Tb,raggedGatherImpl:nme,raggedRangeImpl:ome,raggedTensorToTensorImpl:sme,rangeImpl:Eb,rsqrtImpl:_b,scatterImpl:kb,sigmoidImpl:Ab,simpleAbsImpl:Qu,sliceImpl:$b,sparseFillEmptyRowsImpl:ame,sparseReshapeImpl:ime,sparseSegmentReductionImpl:ume,sqrtImpl:Rb,staticRegexReplaceImpl:lme,stridedSliceImpl:Fb,stringNGramsImpl:pme,stringSplitImpl:cme,stringToHashBucketFastImpl:mme,subImpl:Db,tileImpl:Ob,topKImpl:fme,transposeImpl:Eo,uniqueImpl:dme}=Ff;var Pb="return a * b;";function Df(r){let{inputs:e,backend:t}=r,{a:n,b:o}=e,s=v.upcastType(n.dtype,o.dtype);if(n.dtype==="complex64"){let i=t.texData.get(n.dataId),u=t.texData.get(o.dataId),l=new xi(uf.REAL,n.shape,o.shape),p=new xi(uf.IMAG,n.shape,o.shape),c=[{dataId:i.complexTensorInfos.real.dataId,dtype:i.complexTensorInfos.real.dtype,shape:n.shape},{dataId:i.complexTensorInfos.imag.dataId,dtype:i.complexTensorInfos.imag.dtype,shape:n.shape},{dataId:u.complexTensorInfos.real.dataId,dtype:u.complexTensorInfos.real.dtype,shape:o.shape},{dataId:u.complexTensorInfos.imag.dataId,dtype:u.complexTensorInfos.imag.dtype,shape:o.shape}],m=t.runWebGLProgram(l,c,"float32"),f=t.runWebGLProgram(p,c,"float32"),d=kt({inputs:{real:m,imag:f},backend:t});return t.disposeIntermediateTensorInfo(m),t.disposeIntermediateTensorInfo(f),d}if(t.shouldExecuteOnCPU([n,o])){let i=t.texData.get(n.dataId),u=t.texData.get(o.dataId),[l,p]=Cb(n.shape,o.shape,i.values,u.values,s),c=t.makeTensorInfo(p,s),m=t.texData.get(c.dataId);return m.values=l,c}let a;return _().getBool("WEBGL_PACK_BINARY_OPERATIONS")?a=new Bt(Pb,n.shape,o.shape):a=new _t(Pb,n.shape,o.shape),t.runWebGLProgram(a,[n,o],s)}var Bb={kernelName:Wr,backendName:"webgl",kernelFunc:Df};var ha=class{constructor(e,t){this.variableNames=["A"],this.packedInputs=!0,this.packedOutput=!0,this.customUniforms=[{name:"inputShape",type:"ivec3"}],this.outputShape=e,this.enableShapeUniforms=le(this.outputShape.length);let n="";for(let o=0;o<4;o++){let s="thisRC = rc;";o%2===1&&(s+="thisRC.z += 1;"),o>1&&(s+="thisRC.y += 1;"),n+=`
        ${s}
        ${o>0?"if(thisRC.y < rows && thisRC.z < cols){":""}
          int flatIndex = getFlatIndex(thisRC);

          ivec3 inputRC = inputCoordsFromReshapedOutCoords(flatIndex);
          vec2 inputRCInnerDims = vec2(float(inputRC.y),float(inputRC.z));

          result[${o}] =
            getChannel(getA(inputRC.x, inputRC.y, inputRC.z), inputRCInnerDims);
        ${o>0?"}":""}
      `}this.userCode=`
      ${QF(t,this.enableShapeUniforms)}
      ${this.enableShapeUniforms?oa():na(e)}

      void main() {
        ivec3 rc = getOutputCoords();

        vec4 result = vec4(0.);

        ivec3 thisRC;
        int rows = ${this.enableShapeUniforms?"outShape[1]":e[1]};
        int cols = ${this.enableShapeUniforms?"outShape[2]":e[2]};

        ${n}

        setOutput(result);
      }
    `}};function QF(r,e){return`
    ivec3 inputCoordsFromReshapedOutCoords(int index) {
      ${e?$x(["r","c","d"],"inputShape"):qt(["r","c","d"],r)}
      return ivec3(r, c, d);
    }
  `}function Lb(r,e,t){let n=[cn(r.shape),...mn(r.shape)],o={dtype:r.dtype,shape:n,dataId:r.dataId},s=[cn(e),...mn(e)],a=new ha(s,n),i=!0,u=[n],l=t.runWebGLProgram(a,[o],r.dtype,u,i);return{dataId:l.dataId,shape:e,dtype:l.dtype}}function B(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{shape:s}=n,a=t,i=y.sizeFromShape(o.shape),u=y.inferFromImplicitShape(s,i),l=y.sizeFromShape(u);y.assert(i===l,()=>`The new shape (${u}) has ${l} elements and the old shape (${o.shape}) has ${i} elements. The new shape and old shape must have the same number of elements.`);let p=a.texData.get(o.dataId);return p.isPacked&&!To(o.shape,u)&&!(p.texture!==null&&To(p.shape,u))?Lb(o,u,a):(a.incRef(o.dataId),{dataId:o.dataId,shape:u,dtype:o.dtype})}var Mb={kernelName:ws,backendName:"webgl",kernelFunc:B};var Ci=class{constructor(e,t){this.variableNames=["x"];let{windowSize:n,batchSize:o,inSize:s,outSize:a}=e;this.outputShape=[o,a];let i=Math.floor(n/4)*4,u=n%4,l="sumValue += dot(values, ones);";if(t!=null){let c=1/t;l=`sumValue += dot(values * ${y.isInt(c)?c.toPrecision(2):c}, ones);`}let p="";s%n>0&&(p=`
        if (inIdx < 0 || inIdx >= ${s}) {
          return 0.0;
        }
      `),this.userCode=`
      const vec4 ones = vec4(1.0, 1.0, 1.0, 1.0);

      float getValue(int batch, int inIdx) {
        ${p}
        return getX(batch, inIdx);
      }

      void main() {
        ivec2 coords = getOutputCoords();
        int batch = coords[0];
        int outIdx = coords[1];
        int inOffset = outIdx * ${n};

        float sumValue = 0.0;

        for (int i = 0; i < ${i}; i += 4) {
          int inIdx = inOffset + i;
          vec4 values = vec4(
            getValue(batch, inIdx),
            getValue(batch, inIdx + 1),
            getValue(batch, inIdx + 2),
            getValue(batch, inIdx + 3)
          );

          ${l}
        }

        int inIdx = inOffset + ${i};
        if (${u===1}) {
          vec4 values = vec4(getValue(batch, inIdx), 0.0, 0.0, 0.0);

          ${l}
        } else if (${u===2}) {
          vec4 values = vec4(
            getValue(batch, inIdx),
            getValue(batch, inIdx + 1), 0.0, 0.0);

          ${l}
        } else if (${u===3}) {
          vec4 values = vec4(
            getValue(batch, inIdx),
            getValue(batch, inIdx + 1),
            getValue(batch, inIdx + 2), 0.0);

          ${l}
        }
        setOutput(sumValue);
      }
    `}};var Zu=class{constructor(e,t){this.variableNames=["x"];let{windowSize:n,batchSize:o,inSize:s,outSize:a}=e;this.outputShape=[o,a];let i="0.0",u="";t==="prod"?i="1.0":t==="min"?(i="1.0 / 1e-20",u="min"):t==="max"&&(i="-1.0 / 1e-20",u="max");let l=`${t}(${t}(${t}(minMaxValue[0], minMaxValue[1]), minMaxValue[2]), minMaxValue[3])`;t==="sum"?l="sumValue":t==="prod"?l="prodValue":t==="all"?l="allValue":t==="any"&&(l="anyValue");let p=Math.floor(n/4)*4,c=n%4,m=`
      if (${t==="sum"}) {
        sumValue += dot(values, ones);
      } else if (${t==="prod"}) {
        vec2 tmp = vec2(values[0], values[1]) * vec2(values[2], values[3]);
        prodValue *= tmp[0] * tmp[1];
      } else {
        minMaxValue = ${u}(values, minMaxValue);
        if (${t==="min"} || ${t==="max"}) {
          minMaxValue = ${u}(values, minMaxValue);
          bvec4 isNaN = isnan(values);
          if (isNaN.r || isNaN.g || isNaN.b || isNaN.a) {
            minMaxValue = vec4(NAN);
          }
        }
      }
    `,f="vec4";t==="all"?(i="1.0",m=`
        bool reducedAllValue = all(values);
        float floatedReducedAllValue = float(reducedAllValue);
        allValue = float(allValue >= 1.0 && floatedReducedAllValue >= 1.0);
      `,f="bvec4"):t==="any"&&(i="0.0",m=`
        bool reducedAnyValue = any(values);
        float floatedReducedAnyValue = float(reducedAnyValue);
        anyValue = float(anyValue >= 1.0 || floatedReducedAnyValue >= 1.0);
      `,f="bvec4");let d="";s%n>0&&(d=`
        if (inIdx < 0 || inIdx >= ${s}) {
          return initializationValue;
        }
      `),this.userCode=`
      const float initializationValue = ${i};
      const vec4 ones = vec4(1.0, 1.0, 1.0, 1.0);

      float getValue(int batch, int inIdx) {
        ${d}
        return getX(batch, inIdx);
      }

      void main() {
        ivec2 coords = getOutputCoords();
        int batch = coords[0];
        int outIdx = coords[1];
        int inOffset = outIdx * ${n};

        vec4 minMaxValue = vec4(${i});
        float prodValue = 1.0;
        float sumValue = 0.0;
        float allValue = 1.0;
        float anyValue = 0.0;

        for (int i = 0; i < ${p}; i += 4) {
          int inIdx = inOffset + i;
          ${f} values = ${f}(
            getValue(batch, inIdx),
            getValue(batch, inIdx + 1),
            getValue(batch, inIdx + 2),
            getValue(batch, inIdx + 3)
          );

          ${m}
        }

        int inIdx = inOffset + ${p};
        if (${c===1}) {
          ${f} values = ${f}(
            getValue(batch, inIdx),
            initializationValue,
            initializationValue,
            initializationValue
          );

          ${m}
        } else if (${c===2}) {
          ${f} values = ${f}(
            getValue(batch, inIdx),
            getValue(batch, inIdx + 1),
            initializationValue,
            initializationValue
          );

          ${m}
        } else if (${c===3}) {
          ${f} values = ${f}(
            getValue(batch, inIdx),
            getValue(batch, inIdx + 1),
            getValue(batch, inIdx + 2),
            initializationValue
          );

          ${m}
        }
        setOutput(${l});
      }
    `}};function ZF(r){let e=[];for(;e.length===0||e[e.length-1].outSize!==1;){let t=e.length?e[e.length-1].outSize:r[1],n=v.computeOptimalWindowSize(t);e.push({inSize:t,windowSize:n,outSize:Math.ceil(t/n)})}return e}function vt(r,e,t,n){let o=ZF(r.shape),s=r;for(let a=0;a<o.length;a++){let{inSize:i,windowSize:u,outSize:l}=o[a],p,c;t==="mean"?p=a===0?new Ci({windowSize:u,inSize:i,batchSize:r.shape[0],outSize:l},i):new Ci({windowSize:u,inSize:i,batchSize:r.shape[0],outSize:l}):p=new Zu({windowSize:u,inSize:i,batchSize:r.shape[0],outSize:l},t),c=s,s=n.runWebGLProgram(p,[s],e),c.dataId!==r.dataId&&n.disposeIntermediateTensorInfo(c)}return s}var Ju=class{constructor(e,t){this.variableNames=["A"];let n=new Array(e.length);for(let a=0;a<n.length;a++)n[a]=e[t[a]];this.outputShape=n,this.rank=n.length;let o=q(this.rank),s=JF(t);this.userCode=`
    void main() {
      ${o} resRC = getOutputCoords();
      setOutput(getA(${s}));
    }
    `}};function JF(r){let e=r.length;if(e>6)throw Error(`Transpose for rank ${e} is not yet supported`);let t=["resRC.x","resRC.y","resRC.z","resRC.w","resRC.u","resRC.v"],n=new Array(e);for(let o=0;o<r.length;o++)n[r[o]]=t[o];return n.join()}var el=class{constructor(e,t){this.variableNames=["A"],this.packedInputs=!0,this.packedOutput=!0;let n=new Array(e.length);for(let p=0;p<n.length;p++)n[p]=e[t[p]];if(this.outputShape=n,this.rank=n.length,this.rank>6)throw Error(`Packed transpose for rank ${this.rank} is not yet supported.`);let o=q(this.rank),s=tf("rc",this.rank),a=new Array(this.rank);for(let p=0;p<t.length;p++)a[t[p]]=s[p];let i=`vec2(${a.slice(-2).join()})`,u=`++${s[this.rank-1]} < ${n[this.rank-1]}`,l=`getChannel(getA(${a.join()}), ${i})`;this.userCode=`
    void main() {
      ${o} rc = getOutputCoords();
      vec4 result = vec4(0.);
      result[0] = ${l};
      if(${u}) {
        result[1] = ${l};
      }
      --${s[this.rank-1]};
      if(++${s[this.rank-2]} < ${n[this.rank-2]}) {
        result[2] = ${l};
        if(${u}) {
          result[3] = ${l};
        }
      }
      setOutput(result);
    }
    `}};function fn(r,e,t){let n=_().getBool("WEBGL_PACK_ARRAY_OPERATIONS")?new el(r.shape,e):new Ju(r.shape,e);return t.runWebGLProgram(n,[r],r.dtype)}function Ub(r,e,t,n){let o=e,s=r.shape.length,a=y.parseAxisParam(o,r.shape),i=a,u=v.getAxesPermutation(i,s),l=u!=null,p=r;l&&(p=fn(r,u,n),i=v.getInnerMostAxes(i.length,s)),v.assertAxesAreInnerMostDims("sum",i,s);let[c,m]=v.computeOutAndReduceShapes(p.shape,i),f=c;t&&(f=v.expandShapeToKeepDim(c,a));let d=y.sizeFromShape(m),h=y.sizeFromShape(r.shape)/d,x=B({inputs:{x:p},attrs:{shape:[h,d]},backend:n}),b=Pa(r.dtype),C=vt(x,b,"sum",n),E=B({inputs:{x:C},attrs:{shape:f},backend:n});return n.disposeIntermediateTensorInfo(x),n.disposeIntermediateTensorInfo(C),l&&n.disposeIntermediateTensorInfo(p),E}function vi(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{axis:s,keepDims:a}=n;return Ub(o,s,a,t)}var Vb={kernelName:"Sum",backendName:"webgl",kernelFunc:vi};function Re(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{perm:s}=n,a=t,i=o.shape.length,u=new Array(i);for(let p=0;p<u.length;p++)u[p]=o.shape[s[p]];let l;if(a.shouldExecuteOnCPU([o])){let c=a.texData.get(o.dataId).values,m=Eo(c,o.shape,o.dtype,s,u);l=a.makeTensorInfo(u,o.dtype);let f=a.texData.get(l.dataId);f.values=m}else l=fn(o,s,a);return l}var Gb={kernelName:mr,backendName:"webgl",kernelFunc:Re};var Of=1e3;function _o({a:r,b:e,transposeA:t,transposeB:n,backend:o,bias:s=null,preluActivationWeights:a=null,leakyreluAlpha:i=0,activation:u=null}){let l=r.shape.length,p=e.shape.length,c=t?r.shape[l-2]:r.shape[l-1],m=n?e.shape[p-1]:e.shape[p-2],f=t?r.shape[l-1]:r.shape[l-2],d=n?e.shape[p-2]:e.shape[p-1],g=r.shape.slice(0,-2),h=e.shape.slice(0,-2),x=y.sizeFromShape(g),b=y.sizeFromShape(h),E=Dt.assertAndGetBroadcastShape(r.shape.slice(0,-2),e.shape.slice(0,-2)).concat([f,d]);y.assert(c===m,()=>`Error in matMul: inner shapes (${c}) and (${m}) of Tensors with shapes ${r.shape} and ${e.shape} and transposeA=${t} and transposeB=${n} must match.`);let k=t?[x,c,f]:[x,f,c],A=n?[b,d,m]:[b,m,d],R=B({inputs:{x:r},backend:o,attrs:{shape:k}}),F=B({inputs:{x:e},backend:o,attrs:{shape:A}}),D=[R,F],L=Math.max(x,b),z=t?R.shape[1]:R.shape[2],j=s!=null,te=a!=null,pe=u==="leakyrelu",ce=u!=null?Sr(u,!0):null,Le=j||te||pe||ce!=null,Te;if((f===1||d===1)&&z>Of&&Le===!1){let Pe=R,Ye=F;t&&(Pe=Re({inputs:{x:R},backend:o,attrs:{perm:[0,2,1]}}),D.push(Pe)),n&&(Ye=Re({inputs:{x:F},backend:o,attrs:{perm:[0,2,1]}}),D.push(Ye));let St=d!==1,ut=d===1,Qe=Pe;St&&(Qe=B({inputs:{x:Pe},backend:o,attrs:{shape:[L,z,1]}}),D.push(Qe));let Cp=d===1?2:1,Fo=Ye;ut&&(Fo=B({inputs:{x:Ye},backend:o,attrs:{shape:[L,1,z]}}),D.push(Fo));let xn=Df({inputs:{a:Qe,b:Fo},backend:o});Te=vi({inputs:{x:xn},backend:o,attrs:{axis:Cp,keepDims:!0}}),D.push(xn)}else{let Pe=et(r.dtype,e.dtype),Ye=new ca(k,A,[L,f,d],t,n,j,ce,te,pe),St=[R,F];if(s!=null&&St.push(s),te&&St.push(a),pe){let ut=o.makeTensorInfo([],"float32",y.createScalarValue(i,"float32"));St.push(ut),D.push(ut)}Te=o.runWebGLProgram(Ye,St,Pe)}let we=B({inputs:{x:Te},backend:o,attrs:{shape:E}});D.push(Te);for(let Pe of D)o.disposeIntermediateTensorInfo(Pe);return we}function eD(r){let{inputs:e,backend:t,attrs:n}=r,{a:o,b:s,bias:a,preluActivationWeights:i}=e,{transposeA:u,transposeB:l,activation:p,leakyreluAlpha:c}=n;return _o({a:o,b:s,transposeA:u,transposeB:l,backend:t,bias:a,preluActivationWeights:i,leakyreluAlpha:c,activation:p})}var Wb={kernelName:Yr,backendName:"webgl",kernelFunc:eD};var zb="return abs(x);";function tD(r){let{inputs:e,backend:t}=r,{x:n}=e;if(t.shouldExecuteOnCPU([n])&&n.dtype!=="complex64"){let s=t.texData.get(n.dataId),a=Qu(s.values);return t.makeTensorInfo(n.shape,n.dtype,a)}let o;return _().getBool("WEBGL_PACK_UNARY_OPERATIONS")?o=new mt(n.shape,zb):o=new qe(n.shape,zb),t.runWebGLProgram(o,[n],n.dtype)}var Kb={kernelName:"Abs",backendName:"webgl",kernelFunc:tD};var rD=Oe+`
  if (abs(x) > 1.) {
    return NAN;
  }
  return acos(x);
`,nD=G({opSnippet:rD}),Hb={kernelName:Go,backendName:"webgl",kernelFunc:nD};var oD=Oe+`
  if (x < 1.0) return NAN;
return log(x + sqrt(x * x - 1.0));`,sD=G({opSnippet:oD}),qb={kernelName:Wo,backendName:"webgl",kernelFunc:sD};var jb="return a + b;",aD=oe({opSnippet:jb,packedOpSnippet:jb,supportsComplex:!0,cpuKernelImpl:nb}),Xb={kernelName:"Add",backendName:"webgl",kernelFunc:aD};var tl=class{constructor(e,t){this.outputShape=[],this.outputShape=e,this.variableNames=t.map((s,a)=>`T${a}`);let n=[];this.variableNames.forEach(s=>{n.push(`float v${s} = get${s}AtOutCoords();`)});let o=this.variableNames.map(s=>`v${s}`).join(" + ");this.userCode=`
      void main() {
        ${n.join(`
        `)}

        float result = ${o};
        setOutput(result);
      }
    `}};var rl=class{constructor(e,t){this.outputShape=[],this.packedInputs=!0,this.packedOutput=!0,this.outputShape=e,this.variableNames=t.map((s,a)=>`T${a}`);let n=[];this.variableNames.forEach(s=>{n.push(`vec4 v${s} = get${s}AtOutCoords();`)});let o=this.variableNames.map(s=>`v${s}`).join(" + ");this.userCode=`
      void main() {
        ${n.join(`
        `)}

        vec4 result = ${o};
        setOutput(result);
      }
    `}};function nl(r){let{inputs:e,backend:t}=r,n=e;if(n.length===1)return Ie({inputs:{x:n[0]},backend:t});if(n.length>_().getNumber("WEBGL_MAX_TEXTURES_IN_SHADER")){let u=Math.floor(n.length/2),l=nl({inputs:n.slice(0,u),backend:t}),p=nl({inputs:n.slice(u),backend:t});return nl({inputs:[l,p],backend:t})}let o=n.map(u=>u.dtype).reduce((u,l)=>et(u,l)),s=n.map(u=>u.shape),i=_().getBool("WEBGL_PACK")?new rl(n[0].shape,s):new tl(n[0].shape,s);return t.runWebGLProgram(i,n,o)}var Yb={kernelName:Sn,backendName:"webgl",kernelFunc:nl};function iD(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{axis:s,keepDims:a}=n,i=o.shape.length,u=y.parseAxisParam(s,o.shape),l=u,p=v.getAxesPermutation(l,i),c=o;p!=null&&(c=Re({inputs:{x:o},backend:t,attrs:{perm:p}}),l=v.getInnerMostAxes(l.length,i)),v.assertAxesAreInnerMostDims("all",l,i);let[m,f]=v.computeOutAndReduceShapes(c.shape,l),d=y.sizeFromShape(f),g=B({inputs:{x:c},backend:t,attrs:{shape:[-1,d]}}),h=vt(g,g.dtype,"all",t),x;if(a){let b=v.expandShapeToKeepDim(m,u);x=B({inputs:{x:h},backend:t,attrs:{shape:b}})}else x=B({inputs:{x:h},backend:t,attrs:{shape:m}});return t.disposeIntermediateTensorInfo(g),t.disposeIntermediateTensorInfo(h),p!=null&&t.disposeIntermediateTensorInfo(c),x}var Qb={kernelName:"All",backendName:"webgl",kernelFunc:iD};function uD(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{axis:s,keepDims:a}=n,i=o.shape.length,u=y.parseAxisParam(s,o.shape),l=u,p=v.getAxesPermutation(l,i),c=o;p!=null&&(c=Re({inputs:{x:o},backend:t,attrs:{perm:p}}),l=v.getInnerMostAxes(l.length,i)),v.assertAxesAreInnerMostDims("any",l,i);let[m,f]=v.computeOutAndReduceShapes(c.shape,l),d=y.sizeFromShape(f),g=B({inputs:{x:c},backend:t,attrs:{shape:[-1,d]}}),h=vt(g,g.dtype,"any",t),x;if(a){let b=v.expandShapeToKeepDim(m,u);x=B({inputs:{x:h},backend:t,attrs:{shape:b}})}else x=B({inputs:{x:h},backend:t,attrs:{shape:m}});return t.disposeIntermediateTensorInfo(g),t.disposeIntermediateTensorInfo(h),p!=null&&t.disposeIntermediateTensorInfo(c),x}var Zb={kernelName:"Any",backendName:"webgl",kernelFunc:uD};var ol=class{constructor(e,t,n){this.variableNames=["A"];let{windowSize:o,batchSize:s,outSize:a}=e;n||this.variableNames.push("bestIndicesA"),this.outputShape=[s,a];let i=t==="max"?">":"<",u=n?"inOffset + i;":"round(getBestIndicesA(batch, inOffset + i));";this.userCode=`
      void main() {
        ivec2 coords = getOutputCoords();
        int batch = coords[0];
        int outIdx = coords[1];
        int inOffset = outIdx * ${o};

        int bestIndex = inOffset;
        float bestValue = getA(batch, bestIndex);

        for (int i = 0; i < ${o}; i++) {
          int inIdx = ${u};
          float candidate = getA(batch, inIdx);
          if (candidate ${i} bestValue) {
            bestValue = candidate;
            bestIndex = inIdx;
          }
        }
        setOutput(float(bestIndex));
      }
    `}};var sl=class{constructor(e,t,n,o){this.variableNames=["A"],this.packedInputs=!0,this.packedOutput=!0,y.assert(e.length>2,()=>`Packed arg${n.charAt(0).toUpperCase()+n.slice(1)} supports only inputs with rank above 2.`);let s=e[e.length-1],a=Math.ceil(s/t);this.outputShape=e.slice(0,-1),a>1&&this.outputShape.push(a),o||this.variableNames.push("bestIndicesA");let i=this.outputShape,u=i.length,l=q(u),p=Ne("coords",u),c,m;if(a===1){m=u+1;let F=q(m);c=`
        ${F} sourceLocR = ${F}(${p.join()}, 0);
        ++${p[u-1]};
        ${F} sourceLocG = ${F}(${p.join()}, 0);
        ++${p[u-2]};
        ${F} sourceLocA = ${F}(${p.join()}, 0);
        --${p[u-1]};
        ${F} sourceLocB = ${F}(${p.join()}, 0);
        --${p[u-2]};`}else m=u,c=`
        ${l} sourceLocR = coords;
        ++${p[u-1]};
        ${l} sourceLocG = coords;
        ++${p[u-2]};
        ${l} sourceLocA = coords;
        --${p[u-1]};
        ${l} sourceLocB = coords;
        --${p[u-2]};`;let f=["x","y","z","w","u","v"].slice(0,m),d="."+f[m-1],g=f.map(F=>"int "+F),h=Ne("sourceLocR",m-1).concat("inIdx.r"),x=Ne("sourceLocG",m-1).concat("inIdx.g"),b=Ne("sourceLocB",m-1).concat("inIdx.b"),C=Ne("sourceLocA",m-1).concat("inIdx.a"),E=n==="max"?"greaterThan":"lessThan",k=o?"":`
          inIdx = round(vec4(getBestIndicesAChannel(${h.join()}),
                             getBestIndicesAChannel(${x.join()}),
                             getBestIndicesAChannel(${b.join()}),
                             getBestIndicesAChannel(${C.join()})));`,A=`vec4(
            getAChannel(${h.join()}),
            hasNextCol ? getAChannel(${x.join()}) : 0.,
            hasNextRow ? getAChannel(${b.join()}) : 0.,
            hasNextRow && hasNextCol ? getAChannel(${C.join()}) : 0.)`,R=o?"":`
      float getBestIndicesAChannel(${g.join()}) {
        return getChannel(getBestIndicesA(${f.join()}),
                                          vec2(${f.slice(-2).join()}));
      }`;this.userCode=`
      float getAChannel(${g.join()}) {
        return getChannel(getA(${f.join()}),
                               vec2(${f.slice(-2).join()}));
      }
      ${R}
      void main() {
        ${l} coords = getOutputCoords();
        bool hasNextCol = ${p[u-1]} < ${i[u-1]-1};
        bool hasNextRow = ${p[u-2]} < ${i[u-2]-1};
        ${c}
        ivec4 srcIdx = ivec4(sourceLocR${d}, sourceLocG${d},
          sourceLocB${d}, sourceLocA${d}) * ${t};
        ivec4 inIdx = srcIdx;
        vec4 bestIndex = vec4(inIdx);
        vec4 bestValue = ${A};

        for (int i = 0; i < ${t}; i++) {
          inIdx = srcIdx;
          ${k}
          vec4 candidate = ${A};
          bvec4 nan = isnan(candidate);
          bvec4 replace = bvec4(
            vec4(${E}(candidate, bestValue)) * (vec4(1.0) - vec4(nan)));

          bestValue = vec4(replace.x  ? candidate.x : bestValue.x,
                           replace.y  ? candidate.y : bestValue.y,
                           replace.z  ? candidate.z : bestValue.z,
                           replace.w  ? candidate.w : bestValue.w);
          bestIndex = mix(bestIndex, vec4(inIdx), vec4(replace));
          srcIdx++;
        }
        setOutput(bestIndex);
      }
    `}};function Jb(r,e,t,n=null){let o=e.shape[0],s=e.shape[1];n!=null&&(o=n.shape[0],s=n.shape[1]);let a=v.computeOptimalWindowSize(s),i={windowSize:a,inSize:s,batchSize:o,outSize:Math.ceil(s/a)},u=new ol(i,t,n==null),l=[e];n!=null&&l.push(n);let p=r.runWebGLProgram(u,l,"int32");if(p.shape[1]===1)return p;let c=Jb(r,e,t,p);return r.disposeIntermediateTensorInfo(p),c}function ew(r,e,t,n=null){let o=n!=null?n.shape:e.shape,s=o[o.length-1],a=v.computeOptimalWindowSize(s),i=new sl(o,a,t,n==null),u=n==null?[e]:[e,n],l=r.runWebGLProgram(i,u,"int32");if(l.shape.length===e.shape.length){let p=ew(r,e,t,l);return r.disposeIntermediateTensorInfo(l),p}return l}function al(r,e,t,n){let o=[t];if(v.assertAxesAreInnerMostDims("arg"+n.charAt(0).toUpperCase()+n.slice(1),o,e.shape.length),!_().getBool("WEBGL_PACK_REDUCE")||e.shape.length<=2){let s=[],a=r.texData.get(e.dataId),i=a!==null&&a.isPacked,u=e;i&&(u=r.unpackTensor(e),s.push(u));let[l,p]=v.computeOutAndReduceShapes(u.shape,o),c=y.sizeFromShape(p),m=B({inputs:{x:u},backend:r,attrs:{shape:[-1,c]}});s.push(m);let f=Jb(r,m,n);s.push(f);let d=B({inputs:{x:f},backend:r,attrs:{shape:l}});return s.forEach(g=>r.disposeIntermediateTensorInfo(g)),d}return ew(r,e,n)}function lD(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{axis:s}=n,a=y.parseAxisParam(s,o.shape),i=v.getAxesPermutation(a,o.shape.length),u=o,l=[];i!=null&&(u=Re({inputs:{x:o},backend:t,attrs:{perm:i}}),l.push(u),a=v.getInnerMostAxes(a.length,u.shape.length)),v.assertAxesAreInnerMostDims("argMax",[a[0]],u.shape.length);let p=al(t,u,a[0],"max");return l.forEach(c=>t.disposeIntermediateTensorInfo(c)),p}var tw={kernelName:zo,backendName:"webgl",kernelFunc:lD};function pD(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{axis:s}=n,a=y.parseAxisParam(s,o.shape),i=v.getAxesPermutation(a,o.shape.length),u=o,l=[];i!=null&&(u=Re({inputs:{x:o},backend:t,attrs:{perm:i}}),l.push(u),a=v.getInnerMostAxes(a.length,u.shape.length)),v.assertAxesAreInnerMostDims("argMin",[a[0]],u.shape.length);let p=al(t,u,a[0],"min");return l.forEach(c=>t.disposeIntermediateTensorInfo(c)),p}var rw={kernelName:Ko,backendName:"webgl",kernelFunc:pD};var cD=Oe+`
  if (abs(x) > 1.) {
    return NAN;
  }
  return asin(x);
`,mD=G({opSnippet:cD}),nw={kernelName:Ho,backendName:"webgl",kernelFunc:mD};var fD=Oe+"return log(x + sqrt(x * x + 1.0));",dD=G({opSnippet:fD}),ow={kernelName:qo,backendName:"webgl",kernelFunc:dD};var hD=Oe+`
  return atan(x);
`,gD=G({opSnippet:hD}),sw={kernelName:jo,backendName:"webgl",kernelFunc:gD};var xD=pa+`
  return atan(a, b);
`,yD=`
  vec4 result = atan(a, b);
  bvec4 isNaNA = isnan(a);
  bvec4 isNaNB = isnan(b);
  bvec4 isNaN = bvec4(isNaNA.x || isNaNB.x, isNaNA.y || isNaNB.y, isNaNA.z || isNaNB.z, isNaNA.w || isNaNB.w);
  `+Ct+`
  return result;
`,bD=oe({opSnippet:xD,packedOpSnippet:yD}),aw={kernelName:Yo,backendName:"webgl",kernelFunc:bD};var wD=Oe+`
  if ((x < -1.0) || (x > 1.0)) return NAN;
return (log(1.0 + x) - log(1.0 - x)) / 2.0;`,ND=G({opSnippet:wD}),iw={kernelName:Xo,backendName:"webgl",kernelFunc:ND};var Tr=class{constructor(e,t,n,o=!1,s=!1){if(this.variableNames=["x"],t==="avg"&&n)throw new Error("Cannot compute positions for average pool.");let a=e.filterWidth,i=e.strideHeight,u=e.strideWidth,l=e.dilationHeight,p=e.dilationWidth,c=e.effectiveFilterHeight,m=e.effectiveFilterWidth,f=e.padInfo.top,d=e.padInfo.left;this.outputShape=e.outShape;let g=t==="avg",h=`((batch  * ${e.inHeight} + xR) * ${e.inWidth} + xC) * ${e.inChannels} + d`,x=`(xR * ${e.inWidth} + xC) * ${e.inChannels} + d`,b="0.0";if(g||(b="-1.0 / 1e-20"),n){this.userCode=`
        const ivec2 strides = ivec2(${i}, ${u});
        const ivec2 pads = ivec2(${f}, ${d});

        void main() {
          ivec4 coords = getOutputCoords();
          int batch = coords[0];
          int d = coords[3];

          ivec2 xRCCorner = coords.yz * strides - pads;
          int xRCorner = xRCCorner.x;
          int xCCorner = xRCCorner.y;

          // max/min x(?, ?, d) to get y(yR, yC, d).
          // ? = to be determined
          float minMaxValue = 0.0;
          float minMaxValueFound = 0.0;
          int minMaxPosition = 0;
          float avgValue = 0.0;

          for (int wR = 0; wR < ${c};
              wR += ${l}) {
            int xR = xRCorner + wR;

            if (xR < 0 || xR >= ${e.inHeight}) {
              continue;
            }

            for (int wC = 0; wC < ${m};
                wC += ${p}) {
              int xC = xCCorner + wC;

              if (xC < 0 || xC >= ${e.inWidth}) {
                continue;
              }

              float value = getX(batch, xR, xC, d);

              // If a min / max value has already been found, use it. If not,
              // use the current value.
              float currMinMaxValue = mix(
                  value, minMaxValue, minMaxValueFound);
              if (value >= currMinMaxValue) {
                minMaxValue = value;
                minMaxValueFound = 1.0;
                minMaxPosition = ${o?s?h:x:`wR * ${m} + wC`};
              }
            }
          }
          setOutput(float(minMaxPosition));
        }
      `;return}let C="max",E=`${t}(${t}(${t}(minMaxValue[0], minMaxValue[1]), minMaxValue[2]), minMaxValue[3])`;t==="avg"&&(E="avgValue / max(count, 1.0)");let k=Math.floor(a/4)*4,A=a%4,R=`
      if (${g}) {
        avgValue += dot(values, ones);
      } else {
        minMaxValue = ${C}(values, minMaxValue);
      }
    `;this.userCode=`
      const ivec2 strides = ivec2(${i}, ${u});
      const ivec2 pads = ivec2(${f}, ${d});
      const float initializationValue = ${b};
      const vec4 ones = vec4(1.0, 1.0, 1.0, 1.0);

      float count = 0.0;

      float getValue(int batch, int xR, int xC, int d) {
        if (xC < 0 || xC >= ${e.inWidth}) {
          return initializationValue;
        }
        count += 1.0;
        return getX(batch, xR, xC, d);
      }

      void main() {
        ivec4 coords = getOutputCoords();
        int batch = coords[0];
        int d = coords[3];

        ivec2 xRCCorner = coords.yz * strides - pads;
        int xRCorner = xRCCorner.x;
        int xCCorner = xRCCorner.y;

        // max/min x(?, ?, d) to get y(yR, yC, d).
        // ? = to be determined
        vec4 minMaxValue = vec4(${b});
        float avgValue = 0.0;
        count = 0.0;

        for (int wR = 0; wR < ${c};
            wR += ${l}) {
          int xR = xRCorner + wR;

          if (xR < 0 || xR >= ${e.inHeight}) {
            continue;
          }

          for (int wC = 0; wC < ${k}; wC += 4) {
            int xC = xCCorner + wC * ${p};

            vec4 values = vec4(
              getValue(batch, xR, xC, d),
              getValue(batch, xR, xC + ${p}, d),
              getValue(batch, xR, xC + 2 * ${p}, d),
              getValue(batch, xR, xC + 3 * ${p}, d)
            );

            ${R}
          }

          int xC = xCCorner + ${k};
          if (${A===1}) {
            vec4 values = vec4(
              getValue(batch, xR, xC, d),
              initializationValue,
              initializationValue,
              initializationValue
            );

            ${R}
          } else if (${A===2}) {
            vec4 values = vec4(
              getValue(batch, xR, xC, d),
              getValue(batch, xR, xC + ${p}, d),
              initializationValue,
              initializationValue
            );

            ${R}
          } else if (${A===3}) {
            vec4 values = vec4(
              getValue(batch, xR, xC, d),
              getValue(batch, xR, xC + ${p}, d),
              getValue(batch, xR, xC + 2 * ${p}, d),
              initializationValue
            );

            ${R}
          }
        }
        setOutput(${E});
      }
    `}},ga=class{constructor(e,t,n,o=!1,s=!1){if(this.variableNames=["x"],t==="avg"&&n)throw new Error("Cannot compute positions for average pool.");let a=e.filterWidth,i=e.strideDepth,u=e.strideHeight,l=e.strideWidth,p=e.dilationDepth,c=e.dilationHeight,m=e.dilationWidth,f=e.effectiveFilterDepth,d=e.effectiveFilterHeight,g=e.effectiveFilterWidth,h=e.padInfo.front,x=e.padInfo.top,b=e.padInfo.left;this.outputShape=e.outShape;let C=t==="avg",E="0.0";if(C||(E="-1.0 / 1e-20"),n){this.userCode=`
        const ivec3 strides =
            ivec3(${i}, ${u}, ${l});
        const ivec3 pads = ivec3(${h}, ${x}, ${b});

        void main() {
          ivec5 coords = getOutputCoords();
          int batch = coords.x;
          int ch = coords.u;

          ivec3 xCorner = ivec3(coords.y, coords.z, coords.w) * strides - pads;
          int xDCorner = xCorner.x;
          int xRCorner = xCorner.y;
          int xCCorner = xCorner.z;

          // max/min x(?, ?, ?, ch) to get y(yD, yR, yC, ch).
          // ? = to be determined
          float minMaxValue = 0.0;
          float minMaxValueFound = 0.0;
          int minMaxPosition = 0;

          for (int wD = 0; wD < ${f};
              wD += ${p}) {
            int xD = xDCorner + wD;

            if (xD < 0 || xD >= ${e.inDepth}) {
              continue;
            }

            for (int wR = 0; wR < ${d};
                wR += ${c}) {
              int xR = xRCorner + wR;

              if (xR < 0 || xR >= ${e.inHeight}) {
                continue;
              }

              for (int wC = 0; wC < ${g};
                  wC += ${m}) {
                int xC = xCCorner + wC;

                if (xC < 0 || xC >= ${e.inWidth}) {
                  continue;
                }

                float value = getX(batch, xD, xR, xC, ch);

                // If a min / max value has already been found, use it. If not,
                // use the current value.
                float currMinMaxValue = mix(
                    value, minMaxValue, minMaxValueFound);
                if (value >= currMinMaxValue) {
                  minMaxValue = value;
                  minMaxValueFound = 1.0;
                  minMaxPosition = ${o?s?`(((batch * ${e.inDepth} + xD) * ${e.inHeight} + xR) * ${e.inWidth} + xC) * ${e.inChannels} + ch`:`((xD * ${e.inHeight} + xR) * ${e.inWidth} + xC) * ${e.inChannels} + ch`:`wD * ${d} * ${g} +
                      wR * ${g} + wC`};
                }
              }
            }
          }
          setOutput(float(minMaxPosition));
        }
      `;return}let k="max",A=`${t}(${t}(${t}(minMaxValue[0], minMaxValue[1]), minMaxValue[2]), minMaxValue[3])`;t==="avg"&&(A="avgValue / max(count, 1.0)");let R=Math.floor(a/4)*4,F=a%4,D=`
      if (${C}) {
        avgValue += dot(values, ones);
      } else {
        minMaxValue = ${k}(values, minMaxValue);
      }
    `;this.userCode=`
      const ivec3 strides =
        ivec3(${i}, ${u}, ${l});
      const ivec3 pads = ivec3(${h}, ${x}, ${b});
      const float initializationValue = ${E};
      const vec4 ones = vec4(1.0, 1.0, 1.0, 1.0);

      float count = 0.0;

      float getValue(int batch, int xD, int xR, int xC, int ch) {
        if (xC < 0 || xC >= ${e.inWidth}) {
          return initializationValue;
        }
        count += 1.0;
        return getX(batch, xD, xR, xC, ch);
      }

      void main() {
        ivec5 coords = getOutputCoords();
        int batch = coords.x;
        int ch = coords.u;

        ivec3 xCorner = ivec3(coords.y, coords.z, coords.w) * strides - pads;
        int xDCorner = xCorner.x;
        int xRCorner = xCorner.y;
        int xCCorner = xCorner.z;

        // max/min x(?, ?, ?, d) to get y(yD, yR, yC, ch).
        // ? = to be determined
        vec4 minMaxValue = vec4(${E});
        float avgValue = 0.0;
        count = 0.0;

        for (int wD = 0; wD < ${f};
            wD += ${p}) {
          int xD = xDCorner + wD;

          if (xD < 0 || xD >= ${e.inDepth}) {
            continue;
          }

          for (int wR = 0; wR < ${d};
            wR += ${c}) {
            int xR = xRCorner + wR;

            if (xR < 0 || xR >= ${e.inHeight}) {
              continue;
            }

            for (int wC = 0; wC < ${R}; wC += 4) {
              int xC = xCCorner + wC * ${m};

              vec4 values = vec4(
                getValue(batch, xD, xR, xC, ch),
                getValue(batch, xD, xR, xC + ${m}, ch),
                getValue(batch, xD, xR, xC + 2 * ${m}, ch),
                getValue(batch, xD, xR, xC + 3 * ${m}, ch)
              );

              ${D}
            }

            int xC = xCCorner + ${R};
            if (${F===1}) {
              vec4 values = vec4(
                getValue(batch, xD, xR, xC, ch),
                initializationValue,
                initializationValue,
                initializationValue
              );

              ${D}
            } else if (${F===2}) {
              vec4 values = vec4(
                getValue(batch, xD, xR, xC, ch),
                getValue(batch, xD, xR, xC + ${m}, ch),
                initializationValue,
                initializationValue
              );

              ${D}
            } else if (${F===3}) {
              vec4 values = vec4(
                getValue(batch, xD, xR, xC, ch),
                getValue(batch, xD, xR, xC + ${m}, ch),
                getValue(batch, xD, xR, xC + 2 * ${m}, ch),
                initializationValue
              );

              ${D}
            }
          }
        }
        setOutput(${A});
      }
    `}};function ID(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e;Hu(o,"avgPool");let{filterSize:s,strides:a,pad:i,dimRoundingMode:u}=n,l=1;y.assert(v.eitherStridesOrDilationsAreOne(a,l),()=>`Error in avgPool: Either strides or dilations must be 1. Got strides ${a} and dilations '${l}'`);let p=v.computePool2DInfo(o.shape,s,a,l,i,u);if(p.filterWidth===1&&p.filterHeight===1&&y.arraysEqual(p.inShape,p.outShape))return Ie({inputs:{x:o},backend:t});let c=new Tr(p,"avg",!1);return t.runWebGLProgram(c,[o],"float32")}var uw={kernelName:Tn,backendName:"webgl",kernelFunc:ID};function CD(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{filterSize:s,strides:a,pad:i,dimRoundingMode:u,dataFormat:l}=n,p=[1,1,1],c=v.computePool3DInfo(o.shape,s,a,p,i,u,l),m=new ga(c,"avg",!1);return t.runWebGLProgram(m,[o],"float32")}var lw={kernelName:Qo,backendName:"webgl",kernelFunc:CD};function vD(r){let{inputs:e,backend:t,attrs:n}=r,{a:o,b:s}=e,{transposeA:a,transposeB:i}=n;return _o({a:o,b:s,transposeA:a,transposeB:i,backend:t})}var pw={kernelName:En,backendName:"webgl",kernelFunc:vD};var il=class{constructor(e,t,n,o,s,a){this.outputShape=[],this.variableNames=["x","mean","variance"],v.assertAndGetBroadcastShape(e,t),v.assertAndGetBroadcastShape(e,n);let i="0.0";o!=null&&(v.assertAndGetBroadcastShape(e,o),this.variableNames.push("offset"),i="getOffsetAtOutCoords()");let u="1.0";s!=null&&(v.assertAndGetBroadcastShape(e,s),this.variableNames.push("scale"),u="getScaleAtOutCoords()"),this.outputShape=e,this.userCode=`
      void main() {
        float x = getXAtOutCoords();
        float mean = getMeanAtOutCoords();
        float variance = getVarianceAtOutCoords();
        float offset = ${i};
        float scale = ${u};
        float inv = scale * inversesqrt(variance + float(${a}));
        setOutput(dot(vec3(x, -mean, offset), vec3(inv, inv, 1)));
      }
    `}};var ul=class{constructor(e,t,n,o,s,a){this.packedInputs=!0,this.packedOutput=!0,this.variableNames=["x","mean","variance"],v.assertAndGetBroadcastShape(e,t),v.assertAndGetBroadcastShape(e,n);let i="vec4(0.0)";o!=null&&(v.assertAndGetBroadcastShape(e,o),this.variableNames.push("offset"),i="getOffsetAtOutCoords()");let u="vec4(1.0)";s!=null&&(v.assertAndGetBroadcastShape(e,s),this.variableNames.push("scale"),u="getScaleAtOutCoords()"),this.outputShape=e,this.userCode=`
      void main() {
        vec4 offset = ${i};
        vec4 scale = ${u};

        vec4 x = getXAtOutCoords();
        vec4 mean = getMeanAtOutCoords();
        vec4 variance = getVarianceAtOutCoords();

        vec4 inv = scale * inversesqrt(variance + vec4(${a}));

        setOutput((x - mean) * inv + offset);
      }
    `}};var SD=({inputs:r,backend:e,attrs:t})=>{let{x:n,mean:o,variance:s,offset:a,scale:i}=r;y.assert(o.shape.length===s.shape.length,()=>"Batch normalization gradient requires mean and variance to have equal ranks."),y.assert(a==null||o.shape.length===a.shape.length,()=>"Batch normalization gradient requires mean and offset to have equal ranks."),y.assert(i==null||o.shape.length===i.shape.length,()=>"Batch normalization gradient requires mean and scale to have equal ranks.");let{varianceEpsilon:u}=t;u==null&&(u=.001);let l=[n,o,s],p=null;a!=null&&(p=a.shape,l.push(a));let c=null;i!=null&&(c=i.shape,l.push(i));let m=_().getBool("WEBGL_PACK_NORMALIZATION")?new ul(n.shape,o.shape,s.shape,p,c,u):new il(n.shape,o.shape,s.shape,p,c,u);return e.runWebGLProgram(m,l,l[0].dtype)},cw={kernelName:Bn,backendName:"webgl",kernelFunc:SD};var ll=class{constructor(e){this.variableNames=["source"],this.outputShape=e,this.rank=e.length;let t=q(this.rank);this.customUniforms=[{name:"start",arrayIndex:this.rank,type:"int"}];let n=TD(this.rank),o,s=e.map((a,i)=>`sourceLoc.${Pf[i]} = start[${i}] + coords.${Pf[i]};`);o=`
        ${t} sourceLoc;
        ${t} coords = getOutputCoords();
        ${s.join(`
`)}
      `,this.userCode=`
      void main() {
        ${o}
        setOutput(getSource(${n}));
      }
    `}},Pf=["x","y","z","w","u","v"];function TD(r){if(r===1)return"sourceLoc";if(r<=6)return Pf.slice(0,r).map(e=>"sourceLoc."+e).join(",");throw Error(`Slicing for rank ${r} is not yet supported`)}var pl=class{constructor(e){this.variableNames=["source"],this.packedInputs=!0,this.packedOutput=!0,this.outputShape=e,this.rank=e.length,this.customUniforms=[{name:"start",arrayIndex:this.rank,type:"int"}];let t=q(this.rank),n=Ne("coords",this.rank),o=Ne("sourceLoc",this.rank),s=this.rank===1?"sourceLoc":`vec2(${o.slice(-2).join()})`,a=`getChannel(getSource(${o.join()}), ${s})`,i=`
      result.x = ${a};
      if (++${n[this.rank-1]} < ${e[this.rank-1]}) {
        ++${o[this.rank-1]};
        result.y = ${a};
        --${o[this.rank-1]};
      }
    `,u=this.rank===1?"":`
      --${n[this.rank-1]};
      if (++${n[this.rank-2]} < ${e[this.rank-2]}) {
        ++${o[this.rank-2]};
        result.z = ${a};
        if (++${n[this.rank-1]} < ${e[this.rank-1]}) {
          ++${o[this.rank-1]};
          result.w = ${a};
        }
      }
    `,l=this.rank<=4?`sourceLoc = coords +
            ${t}(${e.map((p,c)=>`start[${c}]`).join()});`:e.map((p,c)=>`${o[c]} = ${n[c]} + start[${c}];`).join(`
`);this.userCode=`
      void main() {
        ${t} coords = getOutputCoords();
        ${t} sourceLoc;
        ${l}
        vec4 result = vec4(0.);
        ${i}
        ${u}
        setOutput(result);
      }
    `}};function ED(r,e,t,n){let o=n.texData.get(r.dataId),s=n.makeTensorInfo(t,r.dtype),a=n.texData.get(s.dataId);Object.assign(a,o),a.refCount=1,a.shape=t,a.dtype=r.dtype;let i=De.computeFlatOffset(e,y.computeStrides(r.shape));o.slice&&(i+=o.slice.flatOffset),a.slice={flatOffset:i,origDataId:o.slice&&o.slice.origDataId||r.dataId};let u=n.dataRefCount.get(a.slice.origDataId)||1;return n.dataRefCount.set(a.slice.origDataId,u+1),s}function Er(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{begin:s,size:a}=n,[i,u]=De.parseSliceParams(o,s,a);if(De.assertParamsValid(o,i,u),y.sizeFromShape(u)===0)return t.makeTensorInfo(u,o.dtype,[]);if(t.shouldExecuteOnCPU([o])||o.dtype==="string"){let c=t.texData.get(o.dataId),m=$b(c.values,i,u,o.shape,o.dtype);return t.makeTensorInfo(u,o.dtype,m)}let{isPacked:l}=t.texData.get(o.dataId),p=De.isSliceContinous(o.shape,i,u);if(l||!p){let c=_().getBool("WEBGL_PACK_ARRAY_OPERATIONS")?new pl(u):new ll(u),m=[i];return t.runWebGLProgram(c,[o],o.dtype,m)}return t.uploadToGPU(o.dataId),ED(o,i,u,t)}var mw={kernelName:Zn,backendName:"webgl",kernelFunc:Er};var _D=r=>{let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{blockShape:s,crops:a}=n;y.assert(o.shape.length<=4,()=>"batchToSpaceND for rank > 4 with a WebGL backend not implemented yet");let i=s.reduce((b,C)=>b*C),u=v.getReshaped(o.shape,s,i),l=v.getPermuted(u.length,s.length),p=v.getReshapedPermuted(o.shape,s,i),c=v.getSliceBeginCoords(a,s.length),m=v.getSliceSize(p,a,s.length),f=[],d=B({inputs:{x:o},backend:t,attrs:{shape:u}}),g=Re({inputs:{x:d},backend:t,attrs:{perm:l}}),h=B({inputs:{x:g},backend:t,attrs:{shape:p}}),x=Er({inputs:{x:h},backend:t,attrs:{begin:c,size:m}});return f.push(d),f.push(g),f.push(h),f.forEach(b=>t.disposeIntermediateTensorInfo(b)),x},fw={kernelName:Zo,backendName:"webgl",kernelFunc:_D};var kD=`
  int r = int(a.r) & int(b.r);
  int g = int(a.g) & int(b.g);
  int rb = int(a.b) & int(b.b);
  int ra = int(a.a) & int(b.a);
  return vec4(r, g, rb, ra);
`,AD=`
  return float(int(a.r) & int(b.r));
`;function $D(r){let{inputs:e,backend:t}=r,{a:n,b:o}=e,s=_().getBool("WEBGL_PACK_BINARY_OPERATIONS"),a=_().getNumber("WEBGL_VERSION");if(t.shouldExecuteOnCPU([n,o])||a===1){let u=t.texData.get(n.dataId).values,l=t.texData.get(o.dataId).values,[p,c]=ob(n.shape,o.shape,u,l,n.dtype),m=t.makeTensorInfo(c,n.dtype),f=t.texData.get(m.dataId);return f.values=p,m}let i;return s?i=new Bt(kD,n.shape,o.shape,!1):i=new _t(AD,n.shape,o.shape),t.runWebGLProgram(i,[n,o],n.dtype)}var dw={kernelName:$r,backendName:"webgl",kernelFunc:$D};function RD(r){let{inputs:e,backend:t}=r,{s0:n,s1:o}=e,s=t.readSync(n.dataId),a=t.readSync(o.dataId),i=v.assertAndGetBroadcastShape(Array.from(s),Array.from(a));return t.makeTensorInfo([i.length],"int32",Int32Array.from(i))}var hw={kernelName:Jo,backendName:"webgl",kernelFunc:RD};var FD="return float(a != b);",Bf=oe({opSnippet:FD,cpuKernelImpl:Sb,dtype:"bool"}),gw={kernelName:zr,backendName:"webgl",kernelFunc:Bf};function _r(r){let{inputs:e,backend:t}=r,{input:n}=e,o=t.texData.get(n.dataId);return Ie({inputs:{x:o.complexTensorInfos.real},backend:t})}var xw={kernelName:$a,backendName:"webgl",kernelFunc:_r};var DD="return float(int(x));";function yw(r,e){let t=new qe(r.shape,DD),n=e.runWebGLProgram(t,[r],"int32");return{dataId:n.dataId,shape:n.shape,dtype:n.dtype}}function Lf(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{dtype:s}=n;if(s==="complex64"){if(o.dtype==="complex64")return Ie({inputs:{x:o},backend:t});let a=Ht(o.shape),i=Lf({inputs:{x:o},backend:t,attrs:{dtype:"float32"}}),u=kt({inputs:{real:i,imag:a},backend:t});return a.dispose(),t.disposeIntermediateTensorInfo(i),u}if(o.dtype==="complex64"){let a=_r({inputs:{input:o},backend:t}),i=Lf({inputs:{x:a},backend:t,attrs:{dtype:s}});return t.disposeIntermediateTensorInfo(a),i}if(!y.hasEncodingLoss(o.dtype,s)){let a=Ie({inputs:{x:o},backend:t});return{dataId:a.dataId,shape:a.shape,dtype:s}}if(t.shouldExecuteOnCPU([o])){let a=t.texData.get(o.dataId).values,[i,u,l]=sb(a,o.shape,o.dtype,s);return t.makeTensorInfo(i,u,l)}if(s==="int32")return yw(o,t);if(s==="bool"){let a=t.makeTensorInfo([],"bool",y.getTypedArrayFromDType("bool",1)),u=Bf({inputs:{a:o,b:a},backend:t});return t.disposeIntermediateTensorInfo(a),u}throw new Error(`Error in Cast: failed to cast ${o.dtype} to ${s}`)}var bw={kernelName:lr,backendName:"webgl",kernelFunc:Lf};var ww="return ceil(x);",OD=G({opSnippet:ww,packedOpSnippet:ww,cpuKernelImpl:ab}),Nw={kernelName:Rr,backendName:"webgl",kernelFunc:OD};var cl=class{constructor(e){this.variableNames=["A"],this.customUniforms=[{name:"minVal",type:"float"},{name:"maxVal",type:"float"}],this.outputShape=e,this.userCode=`

      void main() {
        float value = getAAtOutCoords();
        if (isnan(value)) {
          setOutput(value);
          return;
        }

        setOutput(clamp(value, minVal, maxVal));
      }
    `}};var ml=class{constructor(e){this.variableNames=["A"],this.packedInputs=!0,this.packedOutput=!0,this.customUniforms=[{name:"minVal",type:"float"},{name:"maxVal",type:"float"}],this.outputShape=e,this.userCode=`
      void main() {
        vec4 value = getAAtOutCoords();

        if (any(isnan(value))) {
          setOutput(value);
          return;
        }

        setOutput(clamp(value, vec4(minVal), vec4(maxVal)));
      }
    `}};function PD(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{clipValueMin:s,clipValueMax:a}=n,i;_().getBool("WEBGL_PACK_CLIP")?i=new ml(o.shape):i=new cl(o.shape);let u=[[s],[a]];return t.runWebGLProgram(i,[o],o.dtype,u)}var Iw={kernelName:_n,backendName:"webgl",kernelFunc:PD};var fl=class{constructor(e){this.variableNames=["real","imag"],this.outputShape=e,this.userCode=`
      void main() {
        float re = abs(getRealAtOutCoords());
        float im = abs(getImagAtOutCoords());
        float mx = max(re, im);

        // sadly the length function in glsl is not underflow-safe
        // (at least not on Intel GPUs). So the safe solution is
        // to ensure underflow-safety in all cases.
        setOutput(
          mx == 0.0 ? 0.0 : mx * length(vec2(1, min(re, im)/mx))
        );
      }
    `}};function Cw(r,e){return{dataId:e.dataId,dtype:e.dtype,shape:r.shape}}function BD(r){let{inputs:e,backend:t}=r,{x:n}=e,o=t.texData.get(n.dataId),s=new fl(n.shape),a=[Cw(n,o.complexTensorInfos.real),Cw(n,o.complexTensorInfos.imag)];return t.runWebGLProgram(s,a,a[0].dtype)}var vw={kernelName:Wi,backendName:"webgl",kernelFunc:BD};var dl=class{constructor(e){this.outputShape=[],this.outputShape=v.computeOutShape(e,1),this.variableNames=e.map((a,i)=>`T${i}`);let t=new Array(e.length-1);t[0]=e[0][1];for(let a=1;a<t.length;a++)t[a]=t[a-1]+e[a][1];let n=[`if (yC < ${t[0]}) setOutput(getT0(yR, yC));`];for(let a=1;a<t.length;a++){let i=t[a-1];n.push(`else if (yC < ${t[a]}) setOutput(getT${a}(yR, yC-${i}));`)}let o=t.length,s=t[t.length-1];n.push(`else setOutput(getT${o}(yR, yC-${s}));`),this.userCode=`
      void main() {
        ivec2 coords = getOutputCoords();
        int yR = coords.x;
        int yC = coords.y;

        ${n.join(`
        `)}
      }
    `}};var gl=class{constructor(e,t){this.packedInputs=!0,this.packedOutput=!0,this.outputShape=[],this.outputShape=v.computeOutShape(e,t);let n=this.outputShape,o=n.length,s=q(o),a=Ne("coords",o),i=["x","y","z","w","u","v"].slice(0,o);this.variableNames=e.map((g,h)=>`T${h}`);let u=new Array(e.length-1);u[0]=e[0][t];for(let g=1;g<u.length;g++)u[g]=u[g-1]+e[g][t];let l=i[t],p=i.slice(-2),c=i.join(),m=`if (${l} < ${u[0]}) {
        return getChannel(
            getT0(${c}), vec2(${p.join()}));
        }`;for(let g=1;g<u.length;g++){let h=u[g-1];m+=`
        if (${l} < ${u[g]}  && ${l} >= ${u[g-1]}) {
          return getChannel(
            getT${g}(${hl(i,l,h)}),
            vec2(${hl(p,l,h)}));
        }`}let f=u.length,d=u[u.length-1];m+=`
        return getChannel(
          getT${f}(${hl(i,l,d)}),
          vec2(${hl(p,l,d)}));`,this.userCode=`
      float getValue(${i.map(g=>"int "+g)}) {
        ${m}
      }

      void main() {
        ${s} coords = getOutputCoords();
        vec4 result = vec4(getValue(${a}), 0., 0., 0.);

        ${a[o-1]} = ${a[o-1]} + 1;
        if (${a[o-1]} < ${n[o-1]}) {
          result.g = getValue(${a});
        }

        ${a[o-2]} = ${a[o-2]} + 1;
        if (${a[o-2]} < ${n[o-2]}) {
          result.a = getValue(${a});
        }

        ${a[o-1]} = ${a[o-1]} - 1;
        if (${a[o-2]} < ${n[o-2]} &&
            ${a[o-1]} < ${n[o-1]}) {
          result.b = getValue(${a});
        }
        setOutput(result);
      }
    `}};function hl(r,e,t){let n=r.indexOf(e);return r.map((s,a)=>a===n?`${s} - ${t}`:s).join()}function ko(r){let{inputs:e,backend:t}=r,{input:n}=e,o=t.texData.get(n.dataId);return Ie({inputs:{x:o.complexTensorInfos.imag},backend:t})}var Sw={kernelName:zi,backendName:"webgl",kernelFunc:ko};function xa(r,e,t){let n=r[0].dtype;if(n==="complex64"){let f=r.map(b=>_r({inputs:{input:b},backend:t})),d=r.map(b=>ko({inputs:{input:b},backend:t})),g=xa(f,e,t),h=xa(d,e,t),x=kt({inputs:{real:g,imag:h},backend:t});return f.forEach(b=>t.disposeIntermediateTensorInfo(b)),d.forEach(b=>t.disposeIntermediateTensorInfo(b)),t.disposeIntermediateTensorInfo(g),t.disposeIntermediateTensorInfo(h),x}let o=t.shouldExecuteOnCPU(r);if(n==="string"&&(o=!0),o){let f=r.map(E=>{let A=[-1,y.sizeFromShape(E.shape.slice(e))];return B({inputs:{x:E},backend:t,attrs:{shape:A}})}),d=f.map(E=>({vals:t.readSync(E.dataId),shape:E.shape})),g=v.computeOutShape(f.map(E=>E.shape),1),h=f[0].shape[0]===1,x=ib(d,g,n,h),b=v.computeOutShape(r.map(E=>E.shape),e),C=t.makeTensorInfo(b,n,x);return f.forEach(E=>t.disposeIntermediateTensorInfo(E)),C}let s=r.filter(f=>y.sizeFromShape(f.shape)>0),a=_().getBool("WEBGL_PACK_ARRAY_OPERATIONS")&&s[0].shape.length>1;if(s.length===1){let f=a?new qe(r[0].shape,ir):new mt(r[0].shape,ir);return t.runWebGLProgram(f,r,n)}let i=_().getNumber("WEBGL_MAX_TEXTURES_IN_SHADER");if(s.length>i){let f=[];for(let g=0;g<s.length;g+=i){let h=s.slice(g,g+i);f.push(xa(h,e,t))}let d=xa(f,e,t);for(let g of f)t.disposeIntermediateTensorInfo(g);return d}if(a){let f=new gl(s.map(d=>d.shape),e);return t.runWebGLProgram(f,s,n)}let{tensors2D:u,outShape:l}=LD(s,e,t),p=new dl(u.map(f=>f.shape)),c=t.runWebGLProgram(p,u,n);u.forEach(f=>t.disposeIntermediateTensorInfo(f));let m=B({inputs:{x:c},attrs:{shape:l},backend:t});return t.disposeIntermediateTensorInfo(c),m}function LD(r,e,t){let n=v.computeOutShape(r.map(s=>s.shape),e);return{tensors2D:r.map(s=>B({inputs:{x:s},attrs:{shape:[-1,y.sizeFromShape(s.shape.slice(e))]},backend:t})),outShape:n}}function Mf(r){let{inputs:e,backend:t,attrs:n}=r,{axis:o}=n,s=y.parseAxisParam(o,e[0].shape)[0],a=e.map(l=>l.shape);v.assertParamsConsistent(a,s);let i=v.computeOutShape(e.map(l=>l.shape),s);if(y.sizeFromShape(i)===0)return t.makeTensorInfo(i,e[0].dtype,[]);let u=e.filter(l=>y.sizeFromShape(l.shape)>0);return u.length===1?Ie({inputs:{x:u[0]},backend:t}):xa(u,s,t)}var Tw={kernelName:es,backendName:"webgl",kernelFunc:Mf};var ya=class{constructor(e,t=!1,n=null,o=!1,s=!1){this.variableNames=["x","W"],this.outputShape=e.outShape;let a=e.padInfo.top,i=e.padInfo.left,u=e.strideHeight,l=e.strideWidth,p=e.dilationHeight,c=e.dilationWidth,m=e.filterHeight,f=e.filterWidth,d=Math.floor(e.inChannels/4)*4,g=e.inChannels%4,h=e.dataFormat==="channelsLast",x=h?1:2,b=h?2:3,C=h?3:1,E="",k="";n&&(o?E=`float activation(float a) {
          float b = getPreluActivationWeightsAtOutCoords();
          ${n}
        }`:s?E=`float activation(float a) {
          float b = getLeakyreluAlphaAtOutCoords();
          ${n}
        }`:E=`
          float activation(float x) {
            ${n}
          }
        `,k="result = activation(result);");let A=t?"result += getBiasAtOutCoords();":"";t&&this.variableNames.push("bias"),o&&this.variableNames.push("preluActivationWeights"),s&&this.variableNames.push("leakyreluAlpha"),this.userCode=`
      ${E}

      const ivec2 strides = ivec2(${u}, ${l});
      const ivec2 pads = ivec2(${a}, ${i});

      void main() {
        ivec4 coords = getOutputCoords();
        int batch = coords[0];
        int d2 = coords[${C}];

        ivec2 xRCCorner =
            ivec2(coords[${x}], coords[${b}]) * strides - pads;
        int xRCorner = xRCCorner.x;
        int xCCorner = xRCCorner.y;

        // Convolve x(?, ?, d1) with w(:, :, d1, d2) to get y(yR, yC, d2).
        // ? = to be determined. : = across all values in that axis.
        float dotProd = 0.0;
        for (int wR = 0; wR < ${m}; wR++) {
          int xR = xRCorner + wR * ${p};

          if (xR < 0 || xR >= ${e.inHeight}) {
            continue;
          }

          for (int wC = 0; wC < ${f}; wC++) {
            int xC = xCCorner + wC * ${c};

            if (xC < 0 || xC >= ${e.inWidth}) {
              continue;
            }

            for (int d1 = 0; d1 < ${d}; d1 += 4) {
              vec4 wValues = vec4(
                getW(wR, wC, d1, d2),
                getW(wR, wC, d1 + 1, d2),
                getW(wR, wC, d1 + 2, d2),
                getW(wR, wC, d1 + 3, d2)
              );

              if (${h}) {
                vec4 xValues = vec4(
                  getX(batch, xR, xC, d1),
                  getX(batch, xR, xC, d1 + 1),
                  getX(batch, xR, xC, d1 + 2),
                  getX(batch, xR, xC, d1 + 3)
                );
                dotProd += dot(xValues, wValues);
              } else {
                vec4 xValues = vec4(
                  getX(batch, d1, xR, xC),
                  getX(batch, d1 + 1, xR, xC),
                  getX(batch, d1 + 2, xR, xC),
                  getX(batch, d1 + 3, xR, xC)
                );
                dotProd += dot(xValues, wValues);
              }
            }

            if (${g===1}) {

              if (${h}) {
                dotProd +=
                    getX(batch, xR, xC, ${d}) *
                    getW(wR, wC, ${d}, d2);
              } else {
                dotProd +=
                    getX(batch, ${d}, xR, xC) *
                    getW(wR, wC, ${d}, d2);
              }

            } else if (${g===2}) {
              vec2 wValues = vec2(
                getW(wR, wC, ${d}, d2),
                getW(wR, wC, ${d} + 1, d2)
              );

              if (${h}) {
                vec2 xValues = vec2(
                  getX(batch, xR, xC, ${d}),
                  getX(batch, xR, xC, ${d} + 1)
                );
                dotProd += dot(xValues, wValues);
              } else {
                vec2 xValues = vec2(
                  getX(batch, ${d}, xR, xC),
                  getX(batch, ${d} + 1, xR, xC)
                );
                dotProd += dot(xValues, wValues);
              }

            } else if (${g===3}) {
              vec3 wValues = vec3(
                getW(wR, wC, ${d}, d2),
                getW(wR, wC, ${d} + 1, d2),
                getW(wR, wC, ${d} + 2, d2)
              );

              if (${h}) {
                vec3 xValues = vec3(
                  getX(batch, xR, xC, ${d}),
                  getX(batch, xR, xC, ${d} + 1),
                  getX(batch, xR, xC, ${d} + 2)
                );
                dotProd += dot(xValues, wValues);
              } else {
                vec3 xValues = vec3(
                  getX(batch, ${d}, xR, xC),
                  getX(batch, ${d} + 1, xR, xC),
                  getX(batch, ${d} + 2, xR, xC)
                );
                dotProd += dot(xValues, wValues);
              }

            }
          }
        }

        float result = dotProd;
        ${A}
        ${k}
        setOutput(result);
      }
    `}},xl=class{constructor(e){this.variableNames=["x","W"],this.outputShape=e.outShape;let t=e.padInfo.front,n=e.padInfo.top,o=e.padInfo.left,s=e.strideDepth,a=e.strideHeight,i=e.strideWidth,u=e.dilationDepth,l=e.dilationHeight,p=e.dilationWidth,c=e.filterDepth,m=e.filterHeight,f=e.filterWidth,d=Math.floor(e.inChannels/4)*4,g=e.inChannels%4;this.userCode=`
      const ivec3 strides = ivec3(${s}, ${a}, ${i});
      const ivec3 pads = ivec3(${t}, ${n}, ${o});

      void main() {
        ivec5 coords = getOutputCoords();
        int batch = coords.x;
        int d2 = coords.u;

        ivec3 xFRCCorner = ivec3(coords.y, coords.z, coords.w) * strides - pads;
        int xFCorner = xFRCCorner.x;
        int xRCorner = xFRCCorner.y;
        int xCCorner = xFRCCorner.z;

        // Convolve x(?, ?, ?, d1) with w(:, :, :, d1, d2) to get
        // y(yF, yR, yC, d2). ? = to be determined. : = across all
        // values in that axis.
        float dotProd = 0.0;
        for (int wF = 0; wF < ${c}; wF++) {
          int xF = xFCorner + wF * ${u};

          if (xF < 0 || xF >= ${e.inDepth}) {
            continue;
          }

          for (int wR = 0; wR < ${m}; wR++) {
            int xR = xRCorner + wR * ${l};

            if (xR < 0 || xR >= ${e.inHeight}) {
              continue;
            }

            for (int wC = 0; wC < ${f}; wC++) {
              int xC = xCCorner + wC * ${p};

              if (xC < 0 || xC >= ${e.inWidth}) {
                continue;
              }

              for (int d1 = 0; d1 < ${d}; d1 += 4) {
                vec4 xValues = vec4(
                  getX(batch, xF, xR, xC, d1),
                  getX(batch, xF, xR, xC, d1 + 1),
                  getX(batch, xF, xR, xC, d1 + 2),
                  getX(batch, xF, xR, xC, d1 + 3)
                );
                vec4 wValues = vec4(
                  getW(wF, wR, wC, d1, d2),
                  getW(wF, wR, wC, d1 + 1, d2),
                  getW(wF, wR, wC, d1 + 2, d2),
                  getW(wF, wR, wC, d1 + 3, d2)
                );

                dotProd += dot(xValues, wValues);
              }

              if (${g===1}) {
                dotProd +=
                  getX(batch, xF, xR, xC, ${d}) *
                  getW(wF, wR, wC, ${d}, d2);
              } else if (${g===2}) {
                vec2 xValues = vec2(
                  getX(batch, xF, xR, xC, ${d}),
                  getX(batch, xF, xR, xC, ${d} + 1)
                );
                vec2 wValues = vec2(
                  getW(wF, wR, wC, ${d}, d2),
                  getW(wF, wR, wC, ${d} + 1, d2)
                );
                dotProd += dot(xValues, wValues);
              } else if (${g===3}) {
                vec3 xValues = vec3(
                  getX(batch, xF, xR, xC, ${d}),
                  getX(batch, xF, xR, xC, ${d} + 1),
                  getX(batch, xF, xR, xC, ${d} + 2)
                );
                vec3 wValues = vec3(
                  getW(wF, wR, wC, ${d}, d2),
                  getW(wF, wR, wC, ${d} + 1, d2),
                  getW(wF, wR, wC, ${d} + 2, d2)
                );
                dotProd += dot(xValues, wValues);
              }
            }
          }
        }
        setOutput(dotProd);
      }
    `}};var ba=class{constructor(e,t=!1,n=null,o=!1,s=!1){this.variableNames=["x","W"],this.packedInputs=!0,this.packedOutput=!0,this.customUniforms=[{name:"pads",type:"ivec2"},{name:"strides",type:"ivec2"},{name:"dilations",type:"ivec2"},{name:"inDims",type:"ivec2"}],this.outputShape=e.outShape,this.enableShapeUniforms=le(this.outputShape.length);let a=e.padInfo.left,i=e.strideWidth,u=e.dilationWidth,l=e.filterHeight,p=e.filterWidth,c=p,m=`
       int xR; int xC; int xCOffset;
       vec4 wTexel; vec4 previous; vec4 final;`;for(let h=0;h<p;h++)m+=`
           vec4 xTexelC${h*2};
           int xTexelC${h*2}Ready;
           vec4 xTexelC${h*2+1};
           int xTexelC${h*2+1}Ready;
           vec4 xC${h};`;m+=`
     for (int r = 0; r < ${l}; r++) {
      for (int d1 = 0; d1 < ${e.inChannels}; d1 += 2) {
       `;for(let h=0;h<p;h++)m+=`
           xTexelC${h*2} = vec4(0.0);
           xTexelC${h*2}Ready = 0;
           xTexelC${h*2+1} = vec4(0.0);
           xTexelC${h*2+1}Ready = 0;
           xC${h} = vec4(0.0);`;m+=`
         xR = xRCorner + r * dilations[0];
         if (xR >=0 && xR < inDims[0]) {
       `;for(let h=0;h<(c+1)/2;h++){let x=h*2;if(m+=`
           xC = xCCorner + ${x*u};
           `,i===1){if(x<p&&(a%2===1?(m+=`
                 xCOffset = xC + 1;
                 if (xCOffset >= 0 && xCOffset < inDims[1] && xTexelC${x}Ready == 0) {
                   xTexelC${x} = getX(batch, xR, xCOffset, d1);

                   // Need to manually clear unused channels in case
                   // we're reading from recycled texture.
                   if (xCOffset + 1 >= inDims[1]) {
                     xTexelC${x}.zw = vec2(0.0);
                   }
                   xTexelC${x}Ready = 1;
                 }
               `,u===1&&x>0?m+=`
                 xC${x} = vec4(xTexelC${x-2}.zw, xTexelC${x}.xy);
                 `:m+=`
                   xCOffset = xC + 1 - 2;

                   if (xCOffset >= 0 && xCOffset < inDims[1]) {
                     previous = getX(batch, xR, xCOffset, d1);

                     // Need to manually clear unused channels in case
                     // we're reading from recycled texture.
                     if (xCOffset + 1 >= inDims[1]) {
                       previous.zw = vec2(0.0);
                     }

                     xC${x} = vec4(previous.zw, xTexelC${x}.xy);
                   } else {
                     xC${x} = vec4(0.0, 0.0, xTexelC${x}.xy);
                   }
                   `):m+=`
                 if (xC >= 0 && xC < inDims[1] && xTexelC${x}Ready == 0) {
                   xTexelC${x} = getX(batch, xR, xC, d1);
                   if (xC + 1 >= inDims[1]) {
                     xTexelC${x}.zw = vec2(0.0);
                   }
                   xTexelC${x}Ready = 1;
                 }

                 xC${x} = xTexelC${x};
                 `,x+1<p)){let b=a%2===0?y.nearestLargerEven(u):u;u%2===0&&a%2===1||u%2!==0&&a%2!==1?(m+=`
                   xCOffset = xC + imod(pads[1], 2) + ${b};

                   if (xCOffset >= 0 && xCOffset < inDims[1] && xTexelC${x+1}Ready == 0) {
                     xTexelC${x+1} = getX(batch, xR, xCOffset, d1);

                     // Need to manually clear unused channels in case
                     // we're reading from recycled texture.
                     if (xCOffset + 1 >= inDims[1]) {
                       xTexelC${x+1}.zw = vec2(0.0);
                     }
                     xTexelC${x+1}Ready = 1;
                   }
                   `,u>1?m+=`
                     xCOffset -= 2;
                     if (xCOffset >= 0 && xCOffset < inDims[1]) {
                      previous = getX(batch, xR, xCOffset, d1);
                      xC${x+1} = vec4(previous.zw, xTexelC${x+1}.xy);
                     } else {
                      xC${x+1} = vec4(0.0, 0.0, xTexelC${x+1}.xy);
                     }
                     `:m+=`
                     xC${x+1} = vec4(xTexelC${x}.zw, xTexelC${x+1}.xy);
                     `):b===1?m+=`
                     xC${x+1} = xTexelC${x};
                     `:m+=`
                     xCOffset = xC + ${b};

                     if (xCOffset >= 0 && xCOffset < inDims[1] && xTexelC${x+1}Ready == 0) {
                       xTexelC${x+1} = getX(batch, xR, xCOffset, d1);
                       if (xCOffset + 1 >= inDims[1]) {
                         xTexelC${x+1}.zw = vec2(0.0);
                       }
                       xTexelC${x+1}Ready = 1;
                     }

                     xC${x+1} = xTexelC${x+1};
                     `}}else x<p&&(a%2===1?(m+=`
                 xCOffset = xC + 1 - strides[1];
                 if(xCOffset >= 0 && xCOffset < inDims[1] && xTexelC${x}Ready == 0) {
                   xTexelC${x} = getX(batch, xR, xCOffset, d1);
                   // Need to manually clear unused channels in case
                   // we're reading from recycled texture.
                   if (xCOffset + 1 >= inDims[1]) {
                     xTexelC${x}.zw = vec2(0.0);
                   }
                   xTexelC${x}Ready = 1;
                 }

                 if(xC + 1 >= 0 && xC + 1 < inDims[1] && xTexelC${x+1}Ready == 0) {
                   xTexelC${x+1} = getX(batch, xR, xC + 1, d1);
                   // Need to manually clear unused channels in case
                   // we're reading from recycled texture.
                   if (xC + 2 >= inDims[1]) {
                     xTexelC${x+1}.zw = vec2(0.0);
                   }
                   xTexelC${x+1}Ready = 1;
                 }

                 xC${x} = vec4(xTexelC${x}.zw, xTexelC${x+1}.zw);
               `,x+1<p&&(m+=`
                   final = vec4(0.0);
                   xCOffset = xC + 1 + strides[1];
                   if(xCOffset >= 0 && xCOffset < inDims[1]) {
                     final = getX(batch, xR, xCOffset, d1);
                   }
                   xC${x+1} = vec4(xTexelC${x+1}.xy, final.xy);
                 `)):(m+=`
                 if(xC >= 0 && xC < inDims[1] && xTexelC${x}Ready == 0) {
                   xTexelC${x} = getX(batch, xR, xC, d1);
                   if (xC + 1 >= inDims[1]) {
                     xTexelC${x}.zw = vec2(0.0);
                   }
                   xTexelC${x}Ready = 1;
                 }

                 xCOffset = xC + strides[1];
                 if(xCOffset >= 0 && xCOffset < inDims[1] && xTexelC${x+1}Ready == 0) {
                   xTexelC${x+1} = getX(batch, xR, xCOffset, d1);
                   if (xCOffset + 1 >= inDims[1]) {
                     xTexelC${x+1}.zw = vec2(0.);
                   }
                   xTexelC${x+1}Ready = 1;
                 }

                 xC${x} = vec4(
                   xTexelC${x}.xy, xTexelC${x+1}.xy);
               `,x+1<p&&(m+=`
                   xC${x+1} = vec4(xTexelC${x}.zw, xTexelC${x+1}.zw);
                 `)));x<p&&(m+=`
             wTexel = getW(r, ${x}, d1, d2);
             dotProd += xC${x}.xxzz * vec4(wTexel.xy, wTexel.xy);
             if(d1 + 1 < ${e.inChannels}) {
               dotProd += xC${x}.yyww * vec4(wTexel.zw, wTexel.zw);
             }
           `,x+1<p&&(m+=`
               wTexel = getW(r, ${x+1}, d1, d2);
               dotProd += xC${x+1}.xxzz * vec4(wTexel.xy, wTexel.xy);
               if(d1 + 1 < ${e.inChannels}) {
                 dotProd += xC${x+1}.yyww * vec4(wTexel.zw, wTexel.zw);
               }
             `))}m+=`
     }
   `,m+=`
     }
   `,m+=`
     }
   `;let f="",d="";n&&(o?f=`vec4 activation(vec4 a) {
           vec4 b = getPreluActivationWeightsAtOutCoords();
           ${n}
         }`:s?f=`vec4 activation(vec4 a) {
           vec4 b = getLeakyreluAlphaAtOutCoords();
           ${n}
         }`:f=`vec4 activation(vec4 x) {
           ${n}
         }`,d="result = activation(result);");let g=t?"result += getBiasAtOutCoords();":"";t&&this.variableNames.push("bias"),o&&this.variableNames.push("preluActivationWeights"),s&&this.variableNames.push("leakyreluAlpha"),this.userCode=`
       ${f}

       void main() {
         ivec4 coords = getOutputCoords();
         int batch = coords.x;
         ivec2 xRCCorner = coords.yz * strides - pads;
         int d2 = coords.w;
         int xRCorner = xRCCorner.x;
         int xCCorner = xRCCorner.y;

         //intialize dotProd with a small epsilon seems to reduce GPU accuracy loss.
         vec4 dotProd = vec4(0.000000000000001);

         ${m}

         vec4 result = dotProd - vec4(0.000000000000001);
         ${g}
         ${d}
         setOutput(result);
       }
     `}};var yl=class{constructor(e,t){this.variableNames=["A"],this.packedInputs=!0,this.packedOutput=!0,this.customUniforms=[{name:"inputShape",type:"ivec4"},{name:"pad",type:"ivec2"},{name:"stride",type:"ivec2"},{name:"dilation",type:"ivec2"},{name:"inChannels",type:"int"},{name:"itemsPerBlockRow",type:"int"},{name:"outWidth",type:"int"}],this.outputShape=e,this.enableShapeUniforms=le(this.outputShape.length);let{dataFormat:n}=t,o=$e(),s=n==="channelsLast",a=s?1:2,i=s?2:3,u=this.enableShapeUniforms?"if(blockIndex < outShape[2] && pos < outShape[1]) {":`if(blockIndex < ${e[2]} && pos < ${e[1]}) {`,l="";for(let p=0;p<=1;p++)for(let c=0;c<=1;c++)l+=`
          blockIndex = rc.z + ${c};
          pos = rc.y + ${p};

          ${u}
            offsetY = int(blockIndex / outWidth) * stride[0] - pad[0];
            d0 = offsetY + dilation[0] * (pos / itemsPerBlockRow);

            if(d0 < inputShape[${a}] && d0 >= 0) {
              // Use custom imod instead mod. On Intel GPU, mod may generate
              // unexpected value.
              // https://github.com/tensorflow/tfjs/issues/5447
              offsetX = imod(blockIndex, outWidth) * stride[1] - pad[1];
              d1 = offsetX + dilation[1] * (imod(pos, itemsPerBlockRow) /
                  inChannels);

              if(d1 < inputShape[${i}] && d1 >= 0) {

                ch = imod(pos, inChannels);

                if (${s}) {
                  innerDims = vec2(d1, ch);
                  result[${p*2+c}] = getChannel(
                    getA(rc.x, d0, int(innerDims.x),
                    int(innerDims.y)), innerDims);
                } else {
                  innerDims = vec2(d0, d1);
                  result[${p*2+c}] = getChannel(
                    getA(rc.x, ch, int(innerDims.x),
                    int(innerDims.y)), innerDims);
                }
              }
            }
          }
        `;this.userCode=`
      void main() {
        ivec3 rc = getOutputCoords();

        vec4 result = vec4(0);

        int blockIndex, pos, offsetY, d0, offsetX, d1, ch;
        vec2 innerDims;

        ${l}

        ${o.output} = result;
      }
    `}};function bl(r,e){let t=r.length;return t>=3?e?[...r.slice(0,-3),r[t-3]*r[t-2],r[t-1]]:[...r.slice(0,-3),r[t-3],r[t-2]*r[t-1]]:!e&&t===1&&r[0]>1?[r[0],1]:null}function wl({x:r,filter:e,convInfo:t,backend:n,bias:o=null,preluActivationWeights:s=null,leakyreluAlpha:a=0,activation:i=null}){let u=r.shape,l=n.texData.get(r.dataId),p=t.inChannels,c=u[0]*u[1]*u[2],m=t.outChannels,f=t.dataFormat==="channelsLast",d=!1,g=!1,h,x=[];if(s!=null){let E=bl(s.shape,f);E!=null&&(s=B({inputs:{x:s},backend:n,attrs:{shape:E}}),x.push(s))}if(o!=null){let E=bl(o.shape,f);E!=null&&(o=B({inputs:{x:o},backend:n,attrs:{shape:E}}),x.push(o))}if(!((c===1||m===1)&&p>Of)&&l.isPacked&&f&&l.texture!=null&&u[2]%2!==0&&y.arraysEqual(l.shape.slice(-3),u.slice(-3))){let E=u[0]*u[1]*(u[2]+1),k={dataId:r.dataId,shape:[1,E,t.inChannels],dtype:r.dtype},A=l.shape;l.shape=l.shape.slice(),l.shape[l.shape.length-2]++,y.assert(To(l.shape,k.shape),()=>`packed reshape ${l.shape} to ${k.shape} isn't free`);let R=B({inputs:{x:e},backend:n,attrs:{shape:[1,t.inChannels,t.outChannels]}});x.push(R);let F=_o({a:k,b:R,backend:n,transposeA:d,transposeB:g,bias:o,activation:i,preluActivationWeights:s,leakyreluAlpha:a}),D=n.texData.get(F.dataId);y.assert(D.isPacked,()=>"batchMatMul result is expected to be packed"),l.shape=A,D.shape=t.outShape,h=Ie({inputs:{x:F},backend:n}),h.shape=t.outShape,x.push(F)}else{let E=t.outHeight*t.outWidth,k=B({inputs:{x:r},backend:n,attrs:{shape:f?[t.batchSize,E,t.inChannels]:[t.batchSize,t.inChannels,E]}}),A=B({inputs:{x:e},backend:n,attrs:{shape:[1,t.inChannels,t.outChannels]}}),R=_o({a:f?k:A,b:f?A:k,transposeA:!f,transposeB:g,backend:n,bias:o,activation:i,preluActivationWeights:s,leakyreluAlpha:a});h=B({inputs:{x:R},backend:n,attrs:{shape:t.outShape}}),x.push(k),x.push(A),x.push(R)}for(let E of x)n.disposeIntermediateTensorInfo(E);return h}function Nl({x:r,filter:e,convInfo:t,backend:n,bias:o=null,preluActivationWeights:s=null,leakyreluAlpha:a=0,activation:i=null}){let{filterWidth:u,filterHeight:l,inChannels:p,outWidth:c,outHeight:m,dataFormat:f}=t,d=f==="channelsLast",g=u*l*p,h=m*c,x=[t.batchSize,g,h],b=!0,C=!1,E=[];if(s!=null){let we=bl(s.shape,d);we!=null&&(s=B({inputs:{x:s},backend:n,attrs:{shape:we}}),E.push(s))}if(o!=null){let we=bl(o.shape,d);we!=null&&(o=B({inputs:{x:o},backend:n,attrs:{shape:we}}),E.push(o))}let k=B({inputs:{x:e},backend:n,attrs:{shape:[1,g,y.sizeFromShape(e.shape)/g]}});E.push(k);let A=new yl(x,t),R=[r.shape,[t.padInfo.top,t.padInfo.left],[t.strideHeight,t.strideWidth],[t.dilationHeight,t.dilationWidth],[t.inChannels],[t.filterWidth*t.inChannels],[t.outWidth]],F=n.runWebGLProgram(A,[r],"float32",R),D=B({inputs:{x:F},backend:n,attrs:{shape:x}});E.push(F),E.push(D);let L=o!=null,z=s!=null,j=i==="leakyrelu",te=i?Sr(i,!0):null,pe=new ca(d?D.shape:k.shape,d?k.shape:D.shape,d?[t.batchSize,h,t.outChannels]:[t.batchSize,t.outChannels,h],b,C,L,te,z,j),ce=d?[D,k]:[k,D];if(o&&ce.push(o),z&&ce.push(s),j){let we=n.makeTensorInfo([],"float32",y.createScalarValue(a,"float32"));ce.push(we),E.push(we)}let Le=n.runWebGLProgram(pe,ce,"float32"),Te=B({inputs:{x:Le},backend:n,attrs:{shape:t.outShape}});E.push(Le);for(let we of E)n.disposeIntermediateTensorInfo(we);return Te}function MD(r){let{inputs:e,backend:t,attrs:n}=r,{x:o,filter:s}=e,{strides:a,pad:i,dataFormat:u,dilations:l,dimRoundingMode:p}=n,c=v.convertConv2DDataFormat(u),m=v.computeConv2DInfo(o.shape,s.shape,a,l,i,p,!1,c),f;if(m.filterHeight===1&&m.filterWidth===1&&m.dilationHeight===1&&m.dilationWidth===1&&m.strideHeight===1&&m.strideWidth===1&&(m.padInfo.type==="SAME"||m.padInfo.type==="VALID"))f=wl({x:o,filter:s,convInfo:m,backend:t});else if(m.strideWidth<=2&&c==="channelsLast"&&_().getBool("WEBGL_EXP_CONV")){let g=new ba(m),h=[[m.padInfo.top,m.padInfo.left],[m.strideHeight,m.strideWidth],[m.dilationHeight,m.dilationWidth],[m.inHeight,m.inWidth]];f=t.runWebGLProgram(g,[o,s],"float32",h)}else if(_().getBool("WEBGL_CONV_IM2COL"))f=Nl({x:o,filter:s,convInfo:m,backend:t});else{let g=new ya(m);f=t.runWebGLProgram(g,[o,s],"float32")}let d=B({inputs:{x:f},backend:t,attrs:{shape:m.outShape}});return t.disposeIntermediateTensorInfo(f),d}var Ew={kernelName:kn,backendName:"webgl",kernelFunc:MD};function UD(r){let{inputs:e,backend:t,attrs:n}=r,{x:o,filter:s}=e,{strides:a,pad:i,dilations:u}=n,l=v.computeConv3DInfo(o.shape,s.shape,a,u,i),p=new xl(l);return t.runWebGLProgram(p,[o,s],"float32")}var _w={kernelName:An,backendName:"webgl",kernelFunc:UD};var VD=Lt+`
  return cos(x);
`,GD=`
  vec4 result = cos(x);
  bvec4 isNaN = isnan(x);
  ${Ct}
  return result;
`,WD=G({opSnippet:VD,packedOpSnippet:GD}),kw={kernelName:"Cos",backendName:"webgl",kernelFunc:WD};var zD=`
  float e2x = exp(-x);
  return (e2x + 1.0 / e2x) / 2.0;
`,KD=G({opSnippet:zD}),Aw={kernelName:ts,backendName:"webgl",kernelFunc:KD};var Il=class{constructor(e,t,n,o,s){this.variableNames=["Image","Boxes","BoxInd"],this.outputShape=[];let[a,i,u,l]=e,[p]=t,[c,m]=n;this.outputShape=[p,c,m,l];let f=o==="bilinear"?1:0,[d,g]=[`${i-1}.0`,`${u-1}.0`],[h,x,b]=c>1?[`${(i-1)/(c-1)}`,"(y2-y1) * height_ratio",`y1*${d} + float(y)*(height_scale)`]:["0.0","0.0",`0.5 * (y1+y2) * ${d}`],[C,E,k]=m>1?[`${(u-1)/(m-1)}`,"(x2-x1) * width_ratio",`x1*${g} + float(x)*(width_scale)`]:["0.0","0.0",`0.5 * (x1+x2) * ${g}`];this.userCode=`
      const float height_ratio = float(${h});
      const float width_ratio = float(${C});
      void main() {
        ivec4 coords = getOutputCoords();
        int b = coords[0];
        int y = coords[1];
        int x = coords[2];
        int d = coords[3];

        // get box vals
        float y1 = getBoxes(b,0);
        float x1 = getBoxes(b,1);
        float y2 = getBoxes(b,2);
        float x2 = getBoxes(b,3);

        // get image in batch index
        int bInd = round(getBoxInd(b));
        if(bInd < 0 || bInd >= ${a}) {
          return;
        }

        float height_scale = ${x};
        float width_scale = ${E};

        float in_y = ${b};
        if( in_y < 0.0 || in_y > ${d} ) {
          setOutput(float(${s}));
          return;
        }
        float in_x = ${k};
        if( in_x < 0.0 || in_x > ${g} ) {
          setOutput(float(${s}));
          return;
        }

        vec2 sourceFracIndexCR = vec2(in_x,in_y);
        if(${f} == 1) {
          // Compute the four integer indices.
          ivec2 sourceFloorCR = ivec2(sourceFracIndexCR);
          ivec2 sourceCeilCR = ivec2(ceil(sourceFracIndexCR));

          float topLeft = getImage(b, sourceFloorCR.y, sourceFloorCR.x, d);
          float bottomLeft = getImage(b, sourceCeilCR.y, sourceFloorCR.x, d);
          float topRight = getImage(b, sourceFloorCR.y, sourceCeilCR.x, d);
          float bottomRight = getImage(b, sourceCeilCR.y, sourceCeilCR.x, d);

          vec2 fracCR = sourceFracIndexCR - vec2(sourceFloorCR);

          float top = topLeft + (topRight - topLeft) * fracCR.x;
          float bottom = bottomLeft + (bottomRight - bottomLeft) * fracCR.x;
          float newValue = top + (bottom - top) * fracCR.y;
          setOutput(newValue);
        } else {
          // Compute the coordinators of nearest neighbor point.
          ivec2 sourceNearestCR = ivec2(floor(
            sourceFracIndexCR + vec2(0.5,0.5)));
          float newValue = getImage(b, sourceNearestCR.y, sourceNearestCR.x, d);
          setOutput(newValue);
        }
      }
    `}};var HD=r=>{let{inputs:e,backend:t,attrs:n}=r,{image:o,boxes:s,boxInd:a}=e,{cropSize:i,method:u,extrapolationValue:l}=n,p=new Il(o.shape,s.shape,i,u,l);return t.runWebGLProgram(p,[o,s,a],"float32")},$w={kernelName:Fn,backendName:"webgl",kernelFunc:HD};var Ao;(function(r){r.Prod="*",r.Sum="+"})(Ao||(Ao={}));var Si=class{constructor(e,t,n,o){this.op=e,this.outputShape=t,this.variableNames=["x"],this.customUniforms=[{name:"index",type:"float"}];let s=this.outputShape.length,a=this.op===Ao.Prod?"1.0":"0.0",i=n?a:`getX(${Rw(s,"coords",this.op)})`,u=this.outputShape[this.outputShape.length-1],l="",p="";n?(l=o?`end != ${u-1}`:"end != 0",p=o?"end + 1":"end - 1"):(l=o?`end + pow2 < ${u}`:"end >= pow2",p=o?"end + pow2":"end - pow2"),this.userCode=`
      void main() {
        ${q(s)} coords = getOutputCoords();
        int end = ${Fw(s,"coords",this.op)};
        float val = ${i};
        int pow2 = int(pow(2.0, index));
        if (${l}) {
          int idx = ${p};
          ${Fw(s,"coords",this.op)} = idx;
          val ${this.op}= getX(${Rw(s,"coords",this.op)});
        }
        setOutput(val);
      }
    `}};function Rw(r,e,t){if(r===1)return`${e}`;if(r===2)return`${e}.x, ${e}.y`;if(r===3)return`${e}.x, ${e}.y, ${e}.z`;if(r===4)return`${e}.x, ${e}.y, ${e}.z, ${e}.w`;throw new Error(`Cumulative ${t} for rank ${r} is not yet supported`)}function Fw(r,e,t){if(r===1)return`${e}`;if(r===2)return`${e}.y`;if(r===3)return`${e}.z`;if(r===4)return`${e}.w`;throw new Error(`Cumulative ${t} for rank ${r} is not yet supported`)}function Cl(r,e,t,n,o,s){let a=e.shape.length,i=v.getAxesPermutation([n],a),u=e;i!=null&&(u=Re({inputs:{x:e},backend:t,attrs:{perm:i}}));let l=v.getInnerMostAxes(1,a)[0];if(l!==a-1)throw new Error(`WebGL cumprod shader expects an inner-most axis=${e.shape.length-1} but got axis=${n}`);let p=u.shape[l],c=Ie({inputs:{x:u},backend:t});for(let m=0;m<=Math.ceil(Math.log2(p))-1;m++){let f=new Si(r,u.shape,!1,s),d=[[m]],g=c;c=t.runWebGLProgram(f,[c],c.dtype,d),t.disposeIntermediateTensorInfo(g)}if(o){let m=new Si(r,u.shape,o,s),f=c;c=t.runWebGLProgram(m,[c],c.dtype),t.disposeIntermediateTensorInfo(f)}if(i!=null){let m=v.getUndoAxesPermutation(i),f=Re({inputs:{x:c},backend:t,attrs:{perm:m}});return t.disposeIntermediateTensorInfo(c),t.disposeIntermediateTensorInfo(u),f}return c}function qD(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{axis:s,exclusive:a,reverse:i}=n;return Cl(Ao.Prod,o,t,s,a,i)}var Dw={kernelName:$n,backendName:"webgl",kernelFunc:qD};function jD(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{axis:s,exclusive:a,reverse:i}=n;return Cl(Ao.Sum,o,t,s,a,i)}var Ow={kernelName:Rn,backendName:"webgl",kernelFunc:jD};var vl=class{constructor(e,t,n){this.variableNames=["x"],this.outputShape=[],this.outputShape=e,this.blockSize=t,this.dataFormat=n,this.userCode=`
    void main() {
      ivec4 coords = getOutputCoords();
      int b = coords[0];
      int h = ${this.getHeightCoordString()};
      int w = ${this.getWidthCoordString()};
      int d = ${this.getDepthCoordString()};

      int in_h = h / ${t};
      int offset_h = imod(h, ${t});
      int in_w = w / ${t};
      int offset_w = imod(w, ${t});
      int offset_d = (offset_h * ${t} + offset_w) *
        ${this.getOutputDepthSize()};
      int in_d = d + offset_d;

      float result = ${this.getInputSamplingString()};
      setOutput(result);
    }
  `}getHeightCoordString(){return this.dataFormat==="NHWC"?"coords[1]":"coords[2]"}getWidthCoordString(){return this.dataFormat==="NHWC"?"coords[2]":"coords[3]"}getDepthCoordString(){return this.dataFormat==="NHWC"?"coords[3]":"coords[1]"}getOutputDepthSize(){return this.dataFormat==="NHWC"?this.outputShape[3]:this.outputShape[1]}getInputSamplingString(){return this.dataFormat==="NHWC"?"getX(b, in_h, in_w, in_d)":"getX(b, in_d, in_h, in_w)"}};function XD(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{blockSize:s,dataFormat:a}=n,i=o.shape[0],u=a==="NHWC"?o.shape[1]:o.shape[2],l=a==="NHWC"?o.shape[2]:o.shape[3],p=a==="NHWC"?o.shape[3]:o.shape[1],c=u*s,m=l*s,f=p/(s*s),d=a==="NHWC"?[i,c,m,f]:[i,f,c,m],g=new vl(d,s,a);return t.runWebGLProgram(g,[o],o.dtype)}var Pw={kernelName:Dn,backendName:"webgl",kernelFunc:XD};var wa=class{constructor(e,t=!1,n=null,o=!1,s=!1){this.variableNames=["x","W"],this.customUniforms=[{name:"pads",type:"ivec2"},{name:"strides",type:"ivec2"},{name:"dilations",type:"ivec2"},{name:"inDims",type:"ivec2"}],this.outputShape=e.outShape,this.enableShapeUniforms=le(this.outputShape.length);let a=e.filterHeight,i=e.filterWidth,u=e.outChannels/e.inChannels,l="",p="";n&&(o?l=`float activation(float a) {
          float b = getPreluActivationWeightsAtOutCoords();
          ${n}
        }`:s?l=`float activation(float a) {
          float b = getLeakyreluAlphaAtOutCoords();
          ${n}
        }`:l=`
          float activation(float x) {
            ${n}
          }
        `,p="result = activation(result);");let c=t?"result += getBiasAtOutCoords();":"";t&&this.variableNames.push("bias"),o&&this.variableNames.push("preluActivationWeights"),s&&this.variableNames.push("leakyreluAlpha"),this.userCode=`
      ${l}

      void main() {
        ivec4 coords = getOutputCoords();
        int batch = coords.x;
        ivec2 xRCCorner = coords.yz * strides - pads;
        int d2 = coords.w;
        int d1 = d2 / ${u};
        int q = d2 - d1 * ${u};

        int xRCorner = xRCCorner.x;
        int xCCorner = xRCCorner.y;

        // Convolve x(?, ?, d1) with w(:, :, d1, q) to get y(yR, yC, d2).
        // ? = to be determined. : = across all values in that axis.
        float dotProd = 0.0;
        // TO DO(dsmilkov): Flatten the two for loops and vec4 the operations.
        for (int wR = 0; wR < ${a}; wR++) {
          int xR = xRCorner + wR * dilations[0];

          if (xR < 0 || xR >= inDims[0]) {
            continue;
          }

          for (int wC = 0; wC < ${i}; wC++) {
            int xC = xCCorner + wC * dilations[1];

            if (xC < 0 || xC >= inDims[1]) {
              continue;
            }

            float xVal = getX(batch, xR, xC, d1);
            float wVal = getW(wR, wC, d1, q);
            dotProd += xVal * wVal;
          }
        }

        float result = dotProd;
        ${c}
        ${p}
        setOutput(result);
      }
    `}};var Na=class{constructor(e,t=!1,n=null,o=!1,s=!1){this.variableNames=["x","W"],this.packedInputs=!0,this.packedOutput=!0,this.customUniforms=[{name:"pads",type:"ivec2"},{name:"strides",type:"ivec2"},{name:"dilations",type:"ivec2"},{name:"inDims",type:"ivec2"}],this.outputShape=e.outShape,this.enableShapeUniforms=le(this.outputShape.length);let a=e.outChannels/e.inChannels,i=e.padInfo.left,u=e.strideWidth,l=e.dilationWidth,p=e.filterHeight,c=e.filterWidth,m=c,f=`
      int xR; int xC; int xCOffset;
      vec4 wTexel; vec4 previous; vec4 final;`;for(let x=0;x<c;x++)f+=`
          vec4 xTexelC${x*2};
          int xTexelC${x*2}Ready;
          vec4 xTexelC${x*2+1};
          int xTexelC${x*2+1}Ready;
          vec4 xC${x};`;f+=`
    for (int r = 0; r < ${p}; r++) {
      `;for(let x=0;x<c;x++)f+=`
          xTexelC${x*2} = vec4(0.0);
          xTexelC${x*2}Ready = 0;
          xTexelC${x*2+1} = vec4(0.0);
          xTexelC${x*2+1}Ready = 0;
          xC${x} = vec4(0.0);`;f+=`
        xR = xRCorner + r * dilations[0];
        if (xR >=0 && xR < inDims[0]) {
      `;for(let x=0;x<(m+1)/2;x++){let b=x*2;if(f+=`
          xC = xCCorner + ${b*l};
          `,u===1){if(b<c&&(i%2===1?(f+=`
                xCOffset = xC + 1;
                if (xCOffset >= 0 && xCOffset < inDims[1] && xTexelC${b}Ready == 0) {
                  xTexelC${b} = getX(batch, xR, xCOffset, d1);

                  // Need to manually clear unused channels in case
                  // we're reading from recycled texture.
                  if (xCOffset + 1 >= inDims[1]) {
                    xTexelC${b}.zw = vec2(0.0);
                  }
                  xTexelC${b}Ready = 1;
                }
              `,l===1&&b>0?f+=`
                xC${b} = vec4(xTexelC${b-2}.zw, xTexelC${b}.xy);
                `:f+=`
                  xCOffset = xC + 1 - 2;

                  if (xCOffset >= 0 && xCOffset < inDims[1]) {
                    previous = getX(batch, xR, xCOffset, d1);

                    // Need to manually clear unused channels in case
                    // we're reading from recycled texture.
                    if (xCOffset + 1 >= inDims[1]) {
                      previous.zw = vec2(0.0);
                    }

                    xC${b} = vec4(previous.zw, xTexelC${b}.xy);
                  } else {
                    xC${b} = vec4(0.0, 0.0, xTexelC${b}.xy);
                  }
                  `):f+=`
                if (xC >= 0 && xC < inDims[1] && xTexelC${b}Ready == 0) {
                  xTexelC${b} = getX(batch, xR, xC, d1);
                  if (xC + 1 >= inDims[1]) {
                    xTexelC${b}.zw = vec2(0.0);
                  }
                  xTexelC${b}Ready = 1;
                }

                xC${b} = xTexelC${b};
                `,b+1<c)){let C=i%2===0?y.nearestLargerEven(l):l;l%2===0&&i%2===1||l%2!==0&&i%2!==1?(f+=`
                  xCOffset = xC + imod(pads[1], 2) + ${C};

                  if (xCOffset >= 0 && xCOffset < inDims[1] && xTexelC${b+1}Ready == 0) {
                    xTexelC${b+1} = getX(batch, xR, xCOffset, d1);

                    // Need to manually clear unused channels in case
                    // we're reading from recycled texture.
                    if (xCOffset + 1 >= inDims[1]) {
                      xTexelC${b+1}.zw = vec2(0.0);
                    }
                    xTexelC${b+1}Ready = 1;
                  }
                  `,l>1?f+=`
                    xCOffset -= 2;
                    if (xCOffset >= 0 && xCOffset < inDims[1]) {
                     previous = getX(batch, xR, xCOffset, d1);
                     xC${b+1} = vec4(previous.zw, xTexelC${b+1}.xy);
                    } else {
                     xC${b+1} = vec4(0.0, 0.0, xTexelC${b+1}.xy);
                    }
                    `:f+=`
                    xC${b+1} = vec4(xTexelC${b}.zw, xTexelC${b+1}.xy);
                    `):C===1?f+=`
                    xC${b+1} = xTexelC${b};
                    `:f+=`
                    xCOffset = xC + ${C};

                    if (xCOffset >= 0 && xCOffset < inDims[1] && xTexelC${b+1}Ready == 0) {
                      xTexelC${b+1} = getX(batch, xR, xCOffset, d1);
                      if (xCOffset + 1 >= inDims[1]) {
                        xTexelC${b+1}.zw = vec2(0.0);
                      }
                      xTexelC${b+1}Ready = 1;
                    }

                    xC${b+1} = xTexelC${b+1};
                    `}}else b<c&&(i%2===1?(f+=`
                xCOffset = xC + 1 - strides[1];
                if(xCOffset >= 0 && xCOffset < inDims[1] && xTexelC${b}Ready == 0) {
                  xTexelC${b} = getX(batch, xR, xCOffset, d1);
                  // Need to manually clear unused channels in case
                  // we're reading from recycled texture.
                  if (xCOffset + 1 >= inDims[1]) {
                    xTexelC${b}.zw = vec2(0.0);
                  }
                  xTexelC${b}Ready = 1;
                }

                if(xC + 1 >= 0 && xC + 1 < inDims[1] && xTexelC${b+1}Ready == 0) {
                  xTexelC${b+1} = getX(batch, xR, xC + 1, d1);
                  // Need to manually clear unused channels in case
                  // we're reading from recycled texture.
                  if (xC + 2 >= inDims[1]) {
                    xTexelC${b+1}.zw = vec2(0.0);
                  }
                  xTexelC${b+1}Ready = 1;
                }

                xC${b} = vec4(xTexelC${b}.zw, xTexelC${b+1}.zw);
              `,b+1<c&&(f+=`
                  final = vec4(0.0);
                  xCOffset = xC + 1 + strides[1];
                  if(xCOffset >= 0 && xCOffset < inDims[1]) {
                    final = getX(batch, xR, xCOffset, d1);
                  }
                  xC${b+1} = vec4(xTexelC${b+1}.xy, final.xy);
                `)):(f+=`
                if(xC >= 0 && xC < inDims[1] && xTexelC${b}Ready == 0) {
                  xTexelC${b} = getX(batch, xR, xC, d1);
                  if (xC + 1 >= inDims[1]) {
                    xTexelC${b}.zw = vec2(0.0);
                  }
                  xTexelC${b}Ready = 1;
                }

                xCOffset = xC + strides[1];
                if(xCOffset >= 0 && xCOffset < inDims[1] && xTexelC${b+1}Ready == 0) {
                  xTexelC${b+1} = getX(batch, xR, xCOffset, d1);
                  if (xCOffset + 1 >= inDims[1]) {
                    xTexelC${b+1}.zw = vec2(0.);
                  }
                  xTexelC${b+1}Ready = 1;
                }

                xC${b} = vec4(
                  xTexelC${b}.xy, xTexelC${b+1}.xy);
              `,b+1<c&&(f+=`
                  xC${b+1} = vec4(xTexelC${b}.zw, xTexelC${b+1}.zw);
                `)));b<c&&(f+=`
            wTexel = getW(r, ${b}, d1, q);
            dotProd += xC${b} * vec4(wTexel.xz, wTexel.xz);
          `,b+1<c&&(f+=`
              wTexel = getW(r, ${b+1}, d1, q);
              dotProd += xC${b+1} * vec4(wTexel.xz, wTexel.xz);
            `))}f+=`
    }
  `,f+=`
      }
    `;let d="",g="";n&&(o?d=`vec4 activation(vec4 a) {
          vec4 b = getPreluActivationWeightsAtOutCoords();
          ${n}
        }`:s?d=`vec4 activation(vec4 a) {
          vec4 b = getLeakyreluAlphaAtOutCoords();
          ${n}
        }`:d=`vec4 activation(vec4 x) {
          ${n}
        }`,g="result = activation(result);");let h=t?"result += getBiasAtOutCoords();":"";t&&this.variableNames.push("bias"),o&&this.variableNames.push("preluActivationWeights"),s&&this.variableNames.push("leakyreluAlpha"),this.userCode=`
      ${d}

      void main() {
        ivec4 coords = getOutputCoords();
        int batch = coords.x;
        ivec2 xRCCorner = coords.yz * strides - pads;
        int d2 = coords.w;
        int d1 = d2 / ${a};
        int q = d2 - d1 * ${a};
        int xRCorner = xRCCorner.x;
        int xCCorner = xRCCorner.y;

        //intialize dotProd with a small epsilon seems to reduce GPU accuracy loss.
        vec4 dotProd = vec4(0.000000000000001);

        ${f}

        vec4 result = dotProd - vec4(0.000000000000001);
        ${h}
        ${g}
        setOutput(result);
      }
    `}};function YD(r){let{inputs:e,backend:t,attrs:n}=r,{x:o,filter:s}=e,{strides:a,pad:i,dilations:u,dimRoundingMode:l}=n,p=u;p==null&&(p=[1,1]),y.assert(v.eitherStridesOrDilationsAreOne(a,p),()=>`Error in depthwiseConv2d: Either strides or dilations must be 1. Got strides ${a} and dilations '${p}'`);let c=v.computeConv2DInfo(o.shape,s.shape,a,p,i,l,!0),m;_().getBool("WEBGL_PACK_DEPTHWISECONV")&&c.strideWidth<=2&&c.outChannels/c.inChannels===1?m=new Na(c):m=new wa(c);let f=[[c.padInfo.top,c.padInfo.left],[c.strideHeight,c.strideWidth],[c.dilationHeight,c.dilationWidth],[c.inHeight,c.inWidth]];return t.runWebGLProgram(m,[o,s],"float32",f)}var Bw={kernelName:On,backendName:"webgl",kernelFunc:YD};var Sl=class{constructor(e){this.variableNames=["x","W"],this.outputShape=e.outShape;let{inHeight:t,inWidth:n,padInfo:o,strideHeight:s,strideWidth:a,filterHeight:i,filterWidth:u,dilationHeight:l,dilationWidth:p}=e,{top:c,left:m}=o;this.userCode=`
      const ivec2 strides = ivec2(${s}, ${a});
      const ivec2 pads = ivec2(${c}, ${m});
      const float neg_infinity = -3.4e38;

      void main() {
        ivec4 coords = getOutputCoords();
        int batch = coords.x;
        int d1 = coords.w;
        ivec2 outTopLeftCorner =
            coords.yz * strides - pads;
        int hBeg = outTopLeftCorner.x;
        int wBeg = outTopLeftCorner.y;

        float curVal = neg_infinity;
        for (int h = 0; h < ${i}; h++) {
          int hIn = hBeg + h * ${l};

          if (hIn >= 0 && hIn < ${t}) {
            for (int w = 0; w < ${u}; w++) {
              int wIn = wBeg + w * ${p};

              if (wIn >= 0 && wIn < ${n}) {
                float xVal = getX(batch, hIn, wIn, d1);
                float wVal = getW(h, w, d1);

                float val = xVal + wVal;
                if (val > curVal) {
                  curVal = val;
                }
              }
            }
          }
        }

        float result = curVal;
        setOutput(result);
      }
    `}};function QD(r){let{inputs:e,backend:t,attrs:n}=r,{x:o,filter:s}=e,{strides:a,pad:i,dilations:u}=n,l=v.computeDilation2DInfo(o.shape,s.shape,a,i,"NHWC",u),p,c=new Sl(l);p=t.runWebGLProgram(c,[o,s],"float32");let m=B({inputs:{x:p},backend:t,attrs:{shape:l.outShape}});return t.disposeIntermediateTensorInfo(p),m}var Lw={kernelName:Pn,backendName:"webgl",kernelFunc:QD};var ZD="return (x >= 0.0) ? x : (exp(x) - 1.0);",JD=`
  vec4 result;

  result.r = (x.r >= 0.0) ? x.r : (exp(x.r) - 1.0);
  result.g = (x.g >= 0.0) ? x.g : (exp(x.g) - 1.0);
  result.b = (x.b >= 0.0) ? x.b : (exp(x.b) - 1.0);
  result.a = (x.a >= 0.0) ? x.a : (exp(x.a) - 1.0);

  return result;
`,eO=G({opSnippet:ZD,packedOpSnippet:JD}),Mw={kernelName:"Elu",backendName:"webgl",kernelFunc:eO};var tO=`
  return vec4(equal(a, b));
`,rO="return float(a == b);",nO=oe({opSnippet:rO,packedOpSnippet:tO,dtype:"bool",cpuKernelImpl:ub}),Uw={kernelName:Fr,backendName:"webgl",kernelFunc:nO};var oO=`
  // Error function is calculated approximately with elementary function.
  // See "Handbook of Mathematical Functions with Formulas,
  // Graphs, and Mathematical Tables", Abramowitz and Stegun.
  float p = ${v.ERF_P};
  float a1 = ${v.ERF_A1};
  float a2 = ${v.ERF_A2};
  float a3 = ${v.ERF_A3};
  float a4 = ${v.ERF_A4};
  float a5 = ${v.ERF_A5};

  float sign = sign(x);
  x = abs(x);
  float t = 1.0 / (1.0 + p * x);
  return sign * (1.0 - (((((a5*t + a4)*t) + a3)*t + a2)*t + a1)*t*exp(-x*x));
`,sO=G({opSnippet:oO}),Vw={kernelName:"Erf",backendName:"webgl",kernelFunc:sO};var aO=Lt+`
  return exp(x);
`,iO=`
  vec4 result = exp(x);
  bvec4 isNaN = isnan(x);
  result.r = isNaN.r ? x.r : result.r;
  result.g = isNaN.g ? x.g : result.g;
  result.b = isNaN.b ? x.b : result.b;
  result.a = isNaN.a ? x.a : result.a;

  return result;
`,Uf=G({opSnippet:aO,packedOpSnippet:iO,cpuKernelImpl:lb,dtype:"float32"}),Gw={kernelName:"Exp",backendName:"webgl",kernelFunc:Uf};function Tl(r){let{inputs:e,attrs:t,backend:n}=r,{dim:o}=t,{input:s}=e,a=s.shape.length,i=s.shape.slice(),u=o;return o<0&&(y.assert(-(a+1)<=o,()=>`Axis must be in the interval [${-(a+1)}, ${a}]`),u=a+o+1),i.splice(u,0,1),B({inputs:{x:s},backend:n,attrs:{shape:i}})}var Ww={kernelName:ns,backendName:"webgl",kernelFunc:Tl};var zw="return exp(x) - 1.0;",uO=G({opSnippet:zw,packedOpSnippet:zw,cpuKernelImpl:pb}),Kw={kernelName:Dr,backendName:"webgl",kernelFunc:uO};var El=class{constructor(e,t){this.outputShape=[],this.customUniforms=[{name:"value",type:"float"}],this.variableNames=["x"],this.outputShape=e,this.userCode=`
      void main() {
        // Input can be obtained from uniform value.
        setOutput(value);
      }
    `}};function $o(r){let{backend:e,attrs:t}=r,{shape:n,value:o}=t,{dtype:s}=t;if(s=s||y.inferDtype(o),s==="string"){let a=y.getArrayFromDType(s,y.sizeFromShape(n));return a.fill(o),e.makeTensorInfo(n,s,a)}else{let a=new El(n,o),i=[[o]];return e.runWebGLProgram(a,[],s,i)}}var Hw={kernelName:os,backendName:"webgl",kernelFunc:$o};var qw="return floor(x);",lO=G({opSnippet:qw,packedOpSnippet:qw,cpuKernelImpl:cb}),jw={kernelName:Or,backendName:"webgl",kernelFunc:lO};var pO=`
  float s = sign(a) * sign(b);
  int ia = round(a);
  int ib = round(b);
  if (ib != 0) {
    // Windows (D3D) wants guaranteed non-zero int division at compile-time.
    return float(idiv(ia, ib, s));
  } else {
    return NAN;
  }
`,cO=`
  ivec4 ia = round(a);
  ivec4 ib = round(b);
  bvec4 cond = notEqual(ib, ivec4(0));
  ivec4 result = ivec4(0);
  vec4 s = sign(a) * sign(b);

  // Windows (D3D) wants guaranteed non-zero int division at compile-time.
  if (cond[0]) {
    result[0] = idiv(ia[0], ib[0], s[0]);
  }
  if (cond[1]) {
    result[1] = idiv(ia[1], ib[1], s[1]);
  }
  if (cond[2]) {
    result[2] = idiv(ia[2], ib[2], s[2]);
  }
  if (cond[3]) {
    result[3] = idiv(ia[3], ib[3], s[3]);
  }
  return vec4(result);
`,mO=oe({opSnippet:pO,packedOpSnippet:cO,dtype:"int32"}),Xw={kernelName:Pr,backendName:"webgl",kernelFunc:mO};function fO(r){let{inputs:e,backend:t,attrs:n}=r,{x:o,filter:s,bias:a,preluActivationWeights:i}=e,{strides:u,pad:l,dataFormat:p,dilations:c,dimRoundingMode:m,activation:f,leakyreluAlpha:d}=n,g=v.convertConv2DDataFormat(p),h=v.computeConv2DInfo(o.shape,s.shape,u,c,l,m,!1,g),x,b=[],C=a!=null,E=i!=null,k=f==="leakyrelu",A=()=>{let F=[o,s],D=(L,z)=>{if(z==="NCHW"&&L.shape.length===1&&L.shape[0]!==1){let j=B({inputs:{x:L},backend:t,attrs:{shape:[L.shape[0],1,1]}});return b.push(j),j}return L};if(C&&F.push(D(a,p)),E&&F.push(D(i,p)),k){let L=t.makeTensorInfo([],"float32",y.createScalarValue(d,"float32"));F.push(L),b.push(L)}return F};if(h.filterHeight===1&&h.filterWidth===1&&h.dilationHeight===1&&h.dilationWidth===1&&h.strideHeight===1&&h.strideWidth===1&&(h.padInfo.type==="SAME"||h.padInfo.type==="VALID"))x=wl({x:o,filter:s,convInfo:h,backend:t,bias:a,activation:f,preluActivationWeights:i,leakyreluAlpha:d});else if(h.strideWidth<=2&&g==="channelsLast"&&_().getBool("WEBGL_EXP_CONV")){let F=f?Sr(f,!0):null,D=new ba(h,C,F,E,k),L=[[h.padInfo.top,h.padInfo.left],[h.strideHeight,h.strideWidth],[h.dilationHeight,h.dilationWidth],[h.inHeight,h.inWidth]],z=A();x=t.runWebGLProgram(D,z,"float32",L)}else if(_().getBool("WEBGL_CONV_IM2COL"))x=Nl({x:o,filter:s,convInfo:h,backend:t,bias:a,activation:f,preluActivationWeights:i,leakyreluAlpha:d});else{let F=f?Sr(f,!1):null,D=new ya(h,C,F,E,k),L=A();x=t.runWebGLProgram(D,L,"float32")}let R=B({inputs:{x},backend:t,attrs:{shape:h.outShape}});return b.push(x),b.forEach(F=>t.disposeIntermediateTensorInfo(F)),R}var Yw={kernelName:Qr,backendName:"webgl",kernelFunc:fO};function dO(r){let{inputs:e,backend:t,attrs:n}=r,{x:o,filter:s,bias:a,preluActivationWeights:i}=e,{strides:u,pad:l,dilations:p,dimRoundingMode:c,activation:m,leakyreluAlpha:f}=n,d=[],g=p;g==null&&(g=[1,1]),y.assert(v.eitherStridesOrDilationsAreOne(u,g),()=>`Error in depthwiseConv2d: Either strides or dilations must be 1. Got strides ${u} and dilations '${g}'`);let h=v.computeConv2DInfo(o.shape,s.shape,u,g,l,c,!0),x=_().getBool("WEBGL_PACK_DEPTHWISECONV")&&h.strideWidth<=2&&h.outChannels/h.inChannels===1,b=m?Sr(m,x):null,C=[o,s],E=a!=null,k=i!=null,A=m==="leakyrelu";if(E&&C.push(a),k&&C.push(i),A){let L=t.makeTensorInfo([],"float32",y.createScalarValue(f,"float32"));C.push(L),d.push(L)}let R;x?R=new Na(h,E,b,k,A):R=new wa(h,E,b,k,A);let F=[[h.padInfo.top,h.padInfo.left],[h.strideHeight,h.strideWidth],[h.dilationHeight,h.dilationWidth],[h.inHeight,h.inWidth]],D=t.runWebGLProgram(R,C,"float32",F);return d.forEach(L=>t.disposeIntermediateTensorInfo(L)),D}var Qw={kernelName:Zr,backendName:"webgl",kernelFunc:dO};var _l=class{constructor(e,t,n,o){this.sliceDim=e,this.strides=t,this.paramsShape=o,this.variableNames=["x","indices"],this.outputShape=n;let s=q(n.length),a=`
    int index;`;for(let i=0;i<this.sliceDim;i++)a+=`
          index = round(getIndices(coords[0], ${i}));
          out_of_bounds = out_of_bounds || index < 0;
          out_of_bounds = out_of_bounds || index >= ${this.paramsShape[i]};
          flattenIndex += index * ${this.strides[i]};`;this.userCode=`
         void main() {
          ${s} coords = getOutputCoords();
          int flattenIndex = 0;
          bool out_of_bounds = false;

          ${a}

          setOutput(out_of_bounds ? 0.0 : getX(flattenIndex, coords[1]));
        }
      `}};function hO(r){let{inputs:e,backend:t}=r,{params:n,indices:o}=e,s=o.shape,a=s[s.length-1],i=y.sizeFromShape(n.shape),[u,l,p,c]=v.prepareAndValidate(n,o),m=B({inputs:{x:o},backend:t,attrs:{shape:[l,a]}}),f=B({inputs:{x:n},backend:t,attrs:{shape:[y.sizeFromShape(n.shape)/p,p]}});if(t.shouldExecuteOnCPU([n,o])||n.dtype==="string"){let x=t.readSync(o.dataId),b=t.bufferSync(n),C=mb(x,b,n.dtype,l,a,p,c,n.shape,i);return t.makeTensorInfo(u,n.dtype,C.values)}let d=new _l(a,c,[l,p],n.shape),g=t.runWebGLProgram(d,[f,m],f.dtype),h=B({inputs:{x:g},backend:t,attrs:{shape:u}});return t.disposeIntermediateTensorInfo(m),t.disposeIntermediateTensorInfo(f),t.disposeIntermediateTensorInfo(g),h}var Zw={kernelName:Ln,backendName:"webgl",kernelFunc:hO};var kl=class{constructor(e,t){this.variableNames=["A","indices"],this.outputShape=t,this.rank=t.length;let n=q(this.rank),o=gO(e,2);this.userCode=`
      void main() {
        ${n} resRC = getOutputCoords();
        int index = int(getIndices(resRC.x, resRC.z));
        float inBounds = (index >= 0) && (index < ${e[2]}) ? 1.0 : 0.0;
        setOutput(inBounds * getA(${o}));
      }
    `}};function gO(r,e){let t=["resRC.x","resRC.y","resRC.z","resRC.w"],n=[];for(let o=0;o<r.length;o++)o===2?n.push("index"):n.push(`${t[o]}`);return n.join()}function xO(r){let{inputs:e,backend:t,attrs:n}=r,{x:o,indices:s}=e,{axis:a,batchDims:i}=n,u=y.parseAxisParam(a,o.shape)[0];if(_().get("DEBUG")){let b=t.readSync(s.dataId),C=o.shape[u];for(let E=0;E<b.length;++E){let k=b[E];y.assert(k<=C-1&&k>=0,()=>`GatherV2: the index value ${k} is not in [0, ${C-1}]`)}}let l=v.segment_util.collectGatherOpShapeInfo(o,s,u,i),p=y.sizeFromShape(s.shape),c=[],m=B({inputs:{x:o},backend:t,attrs:{shape:[l.batchSize,l.outerSize,l.dimSize,l.sliceSize]}}),f=B({inputs:{x:s},backend:t,attrs:{shape:[l.batchSize,p/l.batchSize]}});c.push(m),c.push(f);let d=[l.batchSize,l.outerSize,p/l.batchSize,l.sliceSize];if(t.shouldExecuteOnCPU([o,s])||o.dtype==="string"){let b=t.bufferSync(f),C=t.bufferSync(m),E=fb(C,b,d);return c.forEach(k=>t.disposeIntermediateTensorInfo(k)),t.makeTensorInfo(l.outputShape,E.dtype,E.values)}let g=new kl(m.shape,d),h=t.runWebGLProgram(g,[m,f],m.dtype);c.push(h);let x=B({inputs:{x:h},backend:t,attrs:{shape:l.outputShape}});return c.forEach(b=>t.disposeIntermediateTensorInfo(b)),x}var Jw={kernelName:ss,backendName:"webgl",kernelFunc:xO};var yO="return float(a > b);",bO=`
  return vec4(greaterThan(a, b));
`,wO=oe({opSnippet:yO,packedOpSnippet:bO,cpuKernelImpl:db,dtype:"bool"}),eN={kernelName:Br,backendName:"webgl",kernelFunc:wO};var NO="return float(a >= b);",IO=`
  return vec4(greaterThanEqual(a, b));
`,CO=oe({opSnippet:NO,packedOpSnippet:IO,dtype:"bool",cpuKernelImpl:hb}),tN={kernelName:Lr,backendName:"webgl",kernelFunc:CO};var vO="return float(!isnan(x) && !isinf(x));",SO=G({opSnippet:vO,dtype:"bool"}),rN={kernelName:as,backendName:"webgl",kernelFunc:SO};var TO="return float(isinf(x));",EO=G({opSnippet:TO,dtype:"bool"}),nN={kernelName:is,backendName:"webgl",kernelFunc:EO};var _O="return float(isnan(x));",kO=G({opSnippet:_O,dtype:"bool"}),oN={kernelName:us,backendName:"webgl",kernelFunc:kO};var AO="return float(a < b);",$O=`
  return vec4(lessThan(a, b));
`,RO=oe({opSnippet:AO,packedOpSnippet:$O,cpuKernelImpl:gb,dtype:"bool"}),sN={kernelName:Mr,backendName:"webgl",kernelFunc:RO};var FO="return float(a <= b);",DO=`
  return vec4(lessThanEqual(a, b));
`,OO=oe({opSnippet:FO,packedOpSnippet:DO,cpuKernelImpl:xb,dtype:"bool"}),aN={kernelName:Ur,backendName:"webgl",kernelFunc:OO};function PO(r){let{backend:e,attrs:t}=r,{start:n,stop:o,num:s}=t,a=yb(n,o,s);return e.makeTensorInfo([a.length],"float32",a)}var iN={kernelName:Un,backendName:"webgl",kernelFunc:PO};var BO=Lt+`
  return x < 0.0 ? 0./0. : log(x);
`,LO=`
  vec4 result = log(x);
  bvec4 isNaN = isnan(x);
  result.r = isNaN.r ? x.r : (x.r < 0.0 ? 0./0. : result.r);
  result.g = isNaN.g ? x.g : (x.g < 0.0 ? 0./0. : result.g);
  result.b = isNaN.b ? x.b : (x.b < 0.0 ? 0./0. : result.b);
  result.a = isNaN.a ? x.a : (x.a < 0.0 ? 0./0. : result.a);
  return result;
`,MO=G({opSnippet:BO,packedOpSnippet:LO,cpuKernelImpl:bb}),uN={kernelName:"Log",backendName:"webgl",kernelFunc:MO};var UO=Lt+`
  return log(1.0 + x);
`,VO=G({opSnippet:UO}),lN={kernelName:ls,backendName:"webgl",kernelFunc:VO};var GO="return float(a >= 1.0 && b >= 1.0);",WO=`
  return vec4(
    vec4(greaterThanEqual(a, vec4(1.0))) *
    vec4(greaterThanEqual(b, vec4(1.0))));
`,zO=oe({opSnippet:GO,packedOpSnippet:WO,dtype:"bool"}),pN={kernelName:ps,backendName:"webgl",kernelFunc:zO};var KO="return float(!(x >= 1.0));",HO=G({opSnippet:KO}),cN={kernelName:cs,backendName:"webgl",kernelFunc:HO};var qO="return float(a >= 1.0 || b >= 1.0);",jO=`
  return min(
    vec4(greaterThanEqual(a, vec4(1.0))) +
    vec4(greaterThanEqual(b, vec4(1.0))),
    vec4(1.0));
`,XO=oe({opSnippet:qO,packedOpSnippet:jO,dtype:"bool"}),mN={kernelName:ms,backendName:"webgl",kernelFunc:XO};var Al=class{constructor(e,t,n,o,s){this.variableNames=["x"],this.outputShape=[];let a=t,i=e[3]-1;this.outputShape=e;let u,l=`float(${n}) + float(${o}) * sum`;s===.5?u=`inversesqrt(${l})`:s===1?u=`1.0/(${l})`:u=`exp(log(${l}) * float(-${s}));`,this.userCode=`
      void main() {
        ivec4 coords = getOutputCoords();
        int b = coords[0];
        int r = coords[1];
        int c = coords[2];
        int d = coords[3];
        float x = getX(b, r, c, d);
        float sum = 0.0;
        for (int j = -${a}; j <= ${a}; j++) {
          int idx = d + j;
          if (idx >= 0 && idx <=  ${i}) {
            float z = getX(b, r, c, idx);
            sum += z * z;
          }
        }
        float val = x * ${u};
        setOutput(val);
      }
    `}};var $l=class{constructor(e,t,n,o,s){this.variableNames=["x"],this.outputShape=[],this.packedInputs=!0,this.packedOutput=!0;let a=t,i=e[3]-1;this.outputShape=e;let u,l=`float(${n}) + float(${o}) * sum`;s===.5?u=`inversesqrt(${l})`:s===1?u=`1.0/(${l})`:u=`exp(log(${l}) * float(-${s}));`,this.userCode=`
      void main() {
        ivec4 coords = getOutputCoords();
        int b = coords.x;
        int r = coords.y;
        int c = coords.z;
        int d = coords.w;

        bool hasNextCol = d < ${this.outputShape[3]};
        bool hasNextRow = c < ${this.outputShape[2]};

        vec4 sum = vec4(0.);
        vec4 xFragAtOutputCoords = getX(b, r, c, d);

        vec4 xAtOutputCoords = vec4(
          getChannel(xFragAtOutputCoords, vec2(c, d)),
          hasNextCol ?
            getChannel(xFragAtOutputCoords, vec2(c, d + 1)) : 0.0,
          hasNextRow ?
            getChannel(xFragAtOutputCoords , vec2(c + 1, d)) : 0.0,
          (hasNextRow && hasNextCol) ?
            getChannel(xFragAtOutputCoords, vec2(c + 1, d + 1)) : 0.0
        );

        int firstChannel = d - ${a};
        vec2 cache = vec2(0.);
        if(firstChannel >= 0){
          vec4 firstChannelFrag = getX(b, r, c, firstChannel);
          cache.x = getChannel(firstChannelFrag, vec2(c, firstChannel));
            if(hasNextRow){
              cache.y = getChannel(firstChannelFrag, vec2(c + 1, firstChannel));
            }
        }

        ivec2 depth = ivec2(d, d + 1);
        for (int j = - ${a}; j <= ${a}; j++) {
          ivec2 idx = depth + j;
          bvec2 aboveLowerBound = greaterThanEqual(idx, ivec2(0));
          bvec2 belowUpperBound = lessThanEqual(idx, ivec2(${i}));

          bool depthInRange = aboveLowerBound.x && belowUpperBound.x;
          bool depthPlusOneInRange = aboveLowerBound.y && belowUpperBound.y;

          if(depthInRange || depthPlusOneInRange){
            vec4 z = vec4(0.);
            vec4 xFragAtCurrentDepth;
            z.xz = cache.xy;
            if(depthPlusOneInRange && hasNextCol){
              xFragAtCurrentDepth = idx.y != d ?
                getX(b, r, c, idx.y) : xFragAtOutputCoords;
              z.y = getChannel(xFragAtCurrentDepth, vec2(c, idx.y));
              if(hasNextRow){
                z.w = getChannel(xFragAtCurrentDepth, vec2(c + 1, idx.y));
              }
            }
            cache.xy = z.yw;
            sum += z * z;
          }
        }
        vec4 result = xAtOutputCoords * ${u};
        setOutput(result);
      }
    `}};var YO=r=>{let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{depthRadius:s,bias:a,alpha:i,beta:u}=n,l=_().getBool("WEBGL_PACK_NORMALIZATION")?new $l(o.shape,s,a,i,u):new Al(o.shape,s,a,i,u);return t.runWebGLProgram(l,[o],o.dtype)},fN={kernelName:"LRN",backendName:"webgl",kernelFunc:YO};function dN(r,e,t,n){let o=y.sizeFromShape(e),a=y.sizeFromShape(r.shape)/o,i=B({inputs:{x:r},attrs:{shape:[a,o]},backend:n}),u=vt(i,r.dtype,"max",n),l=B({inputs:{x:u},attrs:{shape:t},backend:n});return n.disposeIntermediateTensorInfo(i),n.disposeIntermediateTensorInfo(u),l}function Vf(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{reductionIndices:s,keepDims:a}=n,i=o.shape.length,u=y.parseAxisParam(s,o.shape),l=u,p=v.getAxesPermutation(l,i),c=p!=null,m=t.shouldExecuteOnCPU([o]),f=o;if(c){if(m){let C=t.texData.get(f.dataId).values,E=new Array(i);for(let R=0;R<E.length;R++)E[R]=o.shape[p[R]];let k=Eo(C,o.shape,o.dtype,p,E);f=t.makeTensorInfo(E,o.dtype);let A=t.texData.get(f.dataId);A.values=k}else f=fn(o,p,t);l=v.getInnerMostAxes(l.length,i)}v.assertAxesAreInnerMostDims("max",l,i);let[d,g]=v.computeOutAndReduceShapes(f.shape,l),h=d;a&&(h=v.expandShapeToKeepDim(d,u));let x;if(m){let C=t.texData.get(f.dataId).values,E=wb(C,y.sizeFromShape(g),h,o.dtype);x=t.makeTensorInfo(h,o.dtype);let k=t.texData.get(x.dataId);k.values=E}else x=dN(f,g,h,t);return c&&t.disposeIntermediateTensorInfo(f),x}var hN={kernelName:"Max",backendName:"webgl",kernelFunc:Vf};var QO=pa+`
  return max(a, b);
`,ZO=`
  vec4 result = vec4(max(a, b));
  bvec4 isNaNA = isnan(a);
  bvec4 isNaNB = isnan(b);
  bvec4 isNaN = bvec4(isNaNA.x || isNaNB.x, isNaNA.y || isNaNB.y, isNaNA.z || isNaNB.z, isNaNA.w || isNaNB.w);
  `+Ct+`
  return result;
`,JO=oe({opSnippet:QO,packedOpSnippet:ZO,cpuKernelImpl:Nb}),gN={kernelName:Vr,backendName:"webgl",kernelFunc:JO};function eP(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e;Hu(o,"maxPool");let{filterSize:s,strides:a,pad:i,dimRoundingMode:u}=n,l=1;y.assert(v.eitherStridesOrDilationsAreOne(a,l),()=>`Error in maxPool: Either strides or dilations must be 1. Got strides ${a} and dilations '${l}'`);let p=v.computePool2DInfo(o.shape,s,a,l,i,u);if(p.filterWidth===1&&p.filterHeight===1&&y.arraysEqual(p.inShape,p.outShape))return Ie({inputs:{x:o},backend:t});let c=new Tr(p,"max",!1);return t.runWebGLProgram(c,[o],o.dtype)}var xN={kernelName:Vn,backendName:"webgl",kernelFunc:eP};function tP(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{filterSize:s,strides:a,pad:i,dataFormat:u,dimRoundingMode:l}=n,p=[1,1,1],c=v.computePool3DInfo(o.shape,s,a,p,i,l,u),m=new ga(c,"max",!1);return t.runWebGLProgram(m,[o],o.dtype)}var yN={kernelName:fs,backendName:"webgl",kernelFunc:tP};function bN(r,e,t,n){let o=new Tr(t,"max",!1),s=n.runWebGLProgram(o,[r],"float32");o=new Tr(t,"max",!0,!0,e);let a=n.runWebGLProgram(o,[r],"float32");return[s,a]}var wN={kernelName:ds,backendName:"webgl",kernelFunc:({inputs:r,attrs:e,backend:t})=>{let{x:n}=r,{filterSize:o,strides:s,pad:a,includeBatchInIndex:i}=e,u=t;y.assert(n.shape.length===4,()=>`Error in maxPool: input must be rank 4 but got rank ${n.shape.length}.`);let l=[1,1];y.assert(v.eitherStridesOrDilationsAreOne(s,l),()=>`Error in maxPool: Either strides or dilations must be 1. Got strides ${s} and dilations '${l}'`);let p=v.computePool2DInfo(n.shape,o,s,l,a),[c,m]=bN(n,i,p,u);return[c,m]}};function NN(r,e,t,n){let o=y.sizeFromShape(e),a=y.sizeFromShape(r.shape)/o,i=B({inputs:{x:r},attrs:{shape:[a,o]},backend:n}),u=vt(i,"float32","mean",n),l=B({inputs:{x:u},attrs:{shape:t},backend:n});return n.disposeIntermediateTensorInfo(i),n.disposeIntermediateTensorInfo(u),l}var IN={kernelName:Gn,backendName:"webgl",kernelFunc:({inputs:r,attrs:e,backend:t})=>{let{x:n}=r,{keepDims:o,axis:s}=e,a=t,i=n.shape.length,u=y.parseAxisParam(s,n.shape),l=u,p=v.getAxesPermutation(l,i),c=p!=null,m=a.shouldExecuteOnCPU([n]),f=[],d=n;if(c){if(m){let E=a.texData.get(d.dataId).values,k=new Array(i);for(let F=0;F<k.length;F++)k[F]=n.shape[p[F]];let A=Eo(E,n.shape,n.dtype,p,k);d=a.makeTensorInfo(k,n.dtype);let R=a.texData.get(d.dataId);R.values=A}else d=fn(n,p,a);f.push(d),l=v.getInnerMostAxes(l.length,i)}v.assertAxesAreInnerMostDims("sum",l,i);let[g,h]=v.computeOutAndReduceShapes(d.shape,l),x=g;o&&(x=v.expandShapeToKeepDim(g,u));let b=NN(d,h,x,a);for(let C of f)a.disposeIntermediateTensorInfo(C);return b}};function rP(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{axis:s,keepDims:a}=n,i=o.shape.length,u=y.parseAxisParam(s,o.shape),l=u,p=v.getAxesPermutation(l,i),c=o;p!=null&&(c=Re({inputs:{x:o},backend:t,attrs:{perm:p}}),l=v.getInnerMostAxes(l.length,o.shape.length)),v.assertAxesAreInnerMostDims("min",l,i);let[m,f]=v.computeOutAndReduceShapes(c.shape,l),d=y.sizeFromShape(f),g=B({inputs:{x:c},backend:t,attrs:{shape:[-1,d]}}),h=vt(g,g.dtype,"min",t),x;if(a){let b=v.expandShapeToKeepDim(m,u);x=B({inputs:{x:h},backend:t,attrs:{shape:b}})}else x=B({inputs:{x:h},backend:t,attrs:{shape:m}});return t.disposeIntermediateTensorInfo(g),t.disposeIntermediateTensorInfo(h),p!=null&&t.disposeIntermediateTensorInfo(c),x}var CN={kernelName:"Min",backendName:"webgl",kernelFunc:rP};var nP=pa+`
  return min(a, b);
`,oP=`
  vec4 result = vec4(min(a, b));
  bvec4 isNaNA = isnan(a);
  bvec4 isNaNB = isnan(b);
  bvec4 isNaN = bvec4(isNaNA.x || isNaNB.x, isNaNA.y || isNaNB.y, isNaNA.z || isNaNB.z, isNaNA.w || isNaNB.w);
  `+Ct+`
  return result;
`,sP=oe({opSnippet:nP,packedOpSnippet:oP,cpuKernelImpl:Ib}),vN={kernelName:Gr,backendName:"webgl",kernelFunc:sP};var Rl=class{constructor(e,t,n){this.variableNames=["x"],this.outputShape=t.map((p,c)=>p[0]+e[c]+p[1]);let o=e.length,s=q(o),a=t.map(p=>p[0]).join(","),i=t.map((p,c)=>p[0]+e[c]).join(","),u=["coords[0]","coords[1]","coords[2]","coords[3]"].slice(0,o),l=n==="reflect"?0:1;if(o===1){this.userCode=`
        int start = ${a};
        int end = ${i};

        void main() {
          int outC = getOutputCoords();
          if (outC < start) {
            outC = start * 2 - outC - ${l};
          } else if(outC >= end) {
            outC = (end - 1) * 2 - outC + ${l};
          }
          setOutput(getX(outC - start));
        }
      `;return}this.userCode=`
      ${s} start = ${s}(${a});
      ${s} end = ${s}(${i});

      void main() {
        ${s} outC = getOutputCoords();
        for (int i = 0; i < ${o}; i++) {
          if (outC[i] < start[i]) {
            outC[i] = start[i] * 2 - outC[i] - ${l};
          } else if(outC[i] >= end[i]) {
            outC[i] = (end[i] - 1) * 2 - outC[i] + ${l};
          }
        }
        ${s} coords = outC - start;
        setOutput(getX(${u}));
      }
    `}};var Fl=class{constructor(e,t,n){this.variableNames=["x"],this.packedInputs=!0,this.packedOutput=!0,this.outputShape=t.map((d,g)=>d[0]+e[g]+d[1]);let o=e.length,s=q(o),a=t.map(d=>d[0]).join(","),i=t.map((d,g)=>d[0]+e[g]).join(","),u=Ne("rc",o),l=Ne("source",o),p=`${u[o-1]} < ${this.outputShape[o-1]}`,c=o===1?"source":`vec2(${l.slice(-2).join()})`,m=n==="reflect"?0:1,f="";if(o===1){let d=`
        ${s} source = rc;
        if (source < start) {
          source = start * 2 - source - ${m};
        } else if (source >= end) {
          source = (end - 1) * 2 - source + ${m};
        }
        source -= start;
      `;f=`
        ${s} rc = outputLoc;
        ${d}
        result[0] = getChannel(getX(${l.join()}), ${c});
        ${u[o-1]} += 1;
        if(${p}) {
          ${d}
          result[1] = getChannel(getX(${l.join()}), ${c});
        }
      `}else{let d=`
        ${s} source = rc;
        ${s} lt = ${s}(lessThan(source, start));
        ${s} gte = ${s}(greaterThanEqual(source, end));
        ${s} orig = 1 - (lt + gte);
        source = orig * source +
                lt * (start * 2 - source - ${m}) +
                gte * ((end - 1) * 2 - source + ${m});
        source -= start;
      `;f=`
        ${s} rc = outputLoc;
        ${d}
        result[0] = getChannel(getX(${l.join()}), ${c});
        ${u[o-1]} += 1;
        if(${p}) {
          ${d}
          result[1] = getChannel(getX(${l.join()}), ${c});
        }
        rc = outputLoc;
        ${u[o-2]} += 1;
        if(${u[o-2]} < ${this.outputShape[o-2]}) {
          ${d}
          result[2] = getChannel(getX(${l.join()}), ${c});
          ${u[o-1]} += 1;
          if(${p}) {
            ${d}
            result[3] = getChannel(getX(${l.join()}), ${c});
          }
        }
      `}this.userCode=`
      const ${s} start = ${s}(${a});
      const ${s} end = ${s}(${i});

      void main() {
        ${s} outputLoc = getOutputCoords();
        vec4 result = vec4(0.);
        ${f}
        setOutput(result);
      }
    `}};var aP=({inputs:r,backend:e,attrs:t})=>{let{x:n}=r,{paddings:o,mode:s}=t,a=_().getBool("WEBGL_PACK_ARRAY_OPERATIONS")?new Fl(n.shape,o,s):new Rl(n.shape,o,s);return e.runWebGLProgram(a,[n],n.dtype)},SN={kernelName:Wn,backendName:"webgl",kernelFunc:aP};var iP=`if (b == 0.0) return NAN;
  return mod(a, b);`,uP=`
  vec4 result = mod(a, b);
  bvec4 isNaN = equal(b, vec4(0.0));
  `+Ct+`
  return result;
`,lP=oe({opSnippet:iP,packedOpSnippet:uP}),TN={kernelName:"Mod",backendName:"webgl",kernelFunc:lP};var pP=Oe+`
  return -x;
`,cP=`
  vec4 result = -x;
  bvec4 isNaN = isnan(x);

  result.r = isNaN.r ? x.r : result.r;
  result.g = isNaN.g ? x.g : result.g;
  result.b = isNaN.b ? x.b : result.b;
  result.a = isNaN.a ? x.a : result.a;

  return result;
`;function mP(r){let{inputs:e,backend:t}=r,{x:n}=e;if(t.shouldExecuteOnCPU([n])){let s=t.texData.get(n.dataId),[a,i]=vb(s.values,n.shape,n.dtype);return t.makeTensorInfo(i,n.dtype,a)}let o;return _().getBool("WEBGL_PACK_UNARY_OPERATIONS")?o=new mt(n.shape,cP):o=new qe(n.shape,pP),t.runWebGLProgram(o,[n],n.dtype)}var EN={kernelName:"Neg",backendName:"webgl",kernelFunc:mP};var Dl=class{constructor(e,t,n,o){this.variableNames=["indices"],this.outputShape=[e,t],this.userCode=`
      void main() {
        ivec2 coords = getOutputCoords();
        int index = round(getIndices(coords.x));
        setOutput(mix(float(${o}), float(${n}),
                      float(index == coords.y)));
      }
    `}};var fP=r=>{let{inputs:e,backend:t,attrs:n}=r,{indices:o}=e,{dtype:s,depth:a,onValue:i,offValue:u}=n,l=y.sizeFromShape(o.shape),p=new Dl(l,a,i,u),c=B({inputs:{x:o},backend:t,attrs:{shape:[l]}}),m=t.runWebGLProgram(p,[c],s);t.disposeIntermediateTensorInfo(c);let f=[...o.shape,a],d=B({inputs:{x:m},backend:t,attrs:{shape:f}});return t.disposeIntermediateTensorInfo(m),d},_N={kernelName:zn,backendName:"webgl",kernelFunc:fP};function Ti(r){let{inputs:e,backend:t}=r,{x:n}=e;if(n.dtype==="complex64"){let o=_r({inputs:{input:n},backend:t}),s=Ti({inputs:{x:o},backend:t}),a=ko({inputs:{input:n},backend:t}),i=Ti({inputs:{x:a},backend:t}),u=kt({inputs:{real:s,imag:i},backend:t});return t.disposeIntermediateTensorInfo(o),t.disposeIntermediateTensorInfo(s),t.disposeIntermediateTensorInfo(a),t.disposeIntermediateTensorInfo(i),u}else return $o({attrs:{shape:n.shape,dtype:n.dtype,value:n.dtype==="string"?"":0},backend:t})}var kN={kernelName:Rs,backendName:"webgl",kernelFunc:Ti};function AN(r){let{inputs:e,backend:t}=r,{x:n}=e;if(n.dtype==="string")throw new Error("onesLike is not supported under string dtype");if(n.dtype==="complex64"){let o=_r({inputs:{input:n},backend:t}),s=AN({inputs:{x:o},backend:t}),a=ko({inputs:{input:n},backend:t}),i=Ti({inputs:{x:a},backend:t}),u=kt({inputs:{real:s,imag:i},backend:t});return t.disposeIntermediateTensorInfo(o),t.disposeIntermediateTensorInfo(s),t.disposeIntermediateTensorInfo(a),t.disposeIntermediateTensorInfo(i),u}else return $o({attrs:{shape:n.shape,dtype:n.dtype,value:1},backend:t})}var $N={kernelName:hs,backendName:"webgl",kernelFunc:AN};function dP(r){let{inputs:e,backend:t,attrs:n}=r,{axis:o}=n;if(e.length===1)return Tl({inputs:{input:e[0]},backend:t,attrs:{dim:o}});let s=e[0].shape,a=e[0].dtype;e.forEach(p=>{y.assertShapesMatch(s,p.shape,"All tensors passed to stack must have matching shapes"),y.assert(a===p.dtype,()=>"All tensors passed to stack must have matching dtypes")});let i=[],u=e.map(p=>{let c=Tl({inputs:{input:p},backend:t,attrs:{dim:o}});return i.push(c),c}),l=Mf({inputs:u,backend:t,attrs:{axis:o}});return i.forEach(p=>t.disposeIntermediateTensorInfo(p)),l}var RN={kernelName:gs,backendName:"webgl",kernelFunc:dP};var Ol=class{constructor(e,t,n){this.variableNames=["x"],this.customUniforms=[{name:"value",type:"float"}],this.outputShape=t.map((l,p)=>l[0]+e[p]+l[1]);let o=e.length,s=q(o),a=t.map(l=>l[0]).join(","),i=t.map((l,p)=>l[0]+e[p]).join(","),u=["coords[0]","coords[1]","coords[2]","coords[3]"].slice(0,o);if(o===1){this.userCode=`
        int start = ${a};
        int end = ${i};

        void main() {
          int outC = getOutputCoords();
          if (outC < start || outC >= end) {
            setOutput(value);
          } else {
            setOutput(getX(outC - start));
          }
        }
      `;return}this.userCode=`
      ${s} start = ${s}(${a});
      ${s} end = ${s}(${i});

      void main() {
        ${s} outC = getOutputCoords();
        if (any(lessThan(outC, start)) || any(greaterThanEqual(outC, end))) {
          setOutput(value);
        } else {
          ${s} coords = outC - start;
          setOutput(getX(${u}));
        }
      }
    `}};var Pl=class{constructor(e,t,n){this.variableNames=["x"],this.packedInputs=!0,this.packedOutput=!0,this.customUniforms=[{name:"value",type:"float"}],this.outputShape=t.map((g,h)=>g[0]+e[h]+g[1]);let o=e.length,s=q(o),a=t.map(g=>g[0]).join(","),i=t.map((g,h)=>g[0]+e[h]).join(","),u=Ne("rc",o),l=Ne("source",o),p=`${u[o-1]} < ${this.outputShape[o-1]}`,c=o===1?"source":`vec2(${l.slice(-2).join()})`,m=[`${s} rc = outputLoc;`,`${u[o-1]} += 1;
       if(${p}) {
      `,o===1?"":`}
       rc = outputLoc;
       ${u[o-2]} += 1;
       if(${u[o-2]} < ${this.outputShape[o-2]}) {`,o===1?"":`  ${u[o-1]} += 1;
         if(${p}) {`],f=o===1?"rc < start || rc >= end":"any(lessThan(rc, start)) || any(greaterThanEqual(rc, end))",d="";for(let g=0,h=o===1?2:4;g<h;g++)d+=`
        ${m[g]}
        if (${f}) {
          result[${g}] = float(value);
        } else {
          ${s} source = rc - start;
          result[${g}] = getChannel(getX(${l.join()}), ${c});
        }
      `;d+=o===1?"} ":"}}",this.userCode=`
      const ${s} start = ${s}(${a});
      const ${s} end = ${s}(${i});

      void main() {
        ${s} outputLoc = getOutputCoords();
        vec4 result = vec4(0.);
        ${d}
        setOutput(result);
      }
    `}};var Gf=r=>{let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{paddings:s,constantValue:a}=n;if(y.sizeFromShape(o.shape)===0){let l=s.map((p,c)=>p[0]+o.shape[c]+p[1]);return $o({backend:t,attrs:{shape:l,value:a,dtype:o.dtype}})}let i=_().getBool("WEBGL_PACK_ARRAY_OPERATIONS")?new Pl(o.shape,s,a):new Ol(o.shape,s,a),u=[[a]];return t.runWebGLProgram(i,[o],o.dtype,u)},FN={kernelName:Kn,backendName:"webgl",kernelFunc:Gf};var hP=`
  if(a < 0.0 && floor(b) < b){
    return NAN;
  }
  if (b == 0.0) {
    return 1.0;
  }
  return (round(mod(b, 2.0)) != 1) ?
      pow(abs(a), b) : sign(a) * pow(abs(a), b);
`,gP=`
  // isModRound1 has 1 for components with round(mod(b, 2.0)) == 1, 0 otherwise.
  vec4 isModRound1 = vec4(equal(round(mod(b, 2.0)), ivec4(1)));
  vec4 multiplier = sign(a) * isModRound1 + (vec4(1.0) - isModRound1);
  vec4 result = multiplier * pow(abs(a), b);

  // Ensure that a^0 = 1, including 0^0 = 1 as this correspond to TF and JS
  bvec4 isExpZero = equal(b, vec4(0.0));
  result.r = isExpZero.r ? 1.0 : result.r;
  result.g = isExpZero.g ? 1.0 : result.g;
  result.b = isExpZero.b ? 1.0 : result.b;
  result.a = isExpZero.a ? 1.0 : result.a;

  bvec4 isNaN1 = lessThan(a, vec4(0.0));
  bvec4 isNaN2 = lessThan(floor(b), b);
  bvec4 isNaN = bvec4(isNaN1.x && isNaN2.x, isNaN1.y && isNaN2.y, isNaN1.z && isNaN2.z, isNaN1.w && isNaN2.w);
  `+Ct+`
  return result;
`,xP=oe({opSnippet:hP,packedOpSnippet:gP}),DN={kernelName:"Pow",backendName:"webgl",kernelFunc:xP};function yP(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{axis:s,keepDims:a}=n,i=o.shape.length,u=[],l=y.parseAxisParam(s,o.shape),p=l,c=v.getAxesPermutation(p,i),m=o;c!=null&&(m=Re({inputs:{x:o},backend:t,attrs:{perm:c}}),p=v.getInnerMostAxes(p.length,i),u.push(m)),v.assertAxesAreInnerMostDims("prod",p,i);let f;if(t.shouldExecuteOnCPU([m])){let d=t.texData.get(m.dataId).values,{outVals:g,outShape:h,outDtype:x}=Tb(m.shape,m.dtype,d,p);f=t.makeTensorInfo(h,x,g)}else{let[d,g]=v.computeOutAndReduceShapes(m.shape,p),h=y.sizeFromShape(g),x=B({inputs:{x:m},backend:t,attrs:{shape:[-1,h]}}),b=Pa(o.dtype),C=vt(x,b,"prod",t);f=B({inputs:{x:C},backend:t,attrs:{shape:d}}),u.push(x),u.push(C)}if(a){u.push(f);let d=v.expandShapeToKeepDim(f.shape,l);f=B({inputs:{x:f},backend:t,attrs:{shape:d}})}return u.forEach(d=>t.disposeIntermediateTensorInfo(d)),f}var ON={kernelName:Kr,backendName:"webgl",kernelFunc:yP};var bP=r=>{let{backend:e,attrs:t}=r,{start:n,stop:o,step:s,dtype:a}=t,i=Eb(n,o,s,a);return e.makeTensorInfo([i.length],a,i)},PN={kernelName:xs,backendName:"webgl",kernelFunc:bP};var wP=`
if (a == b) {
  return 1.0;
};
return a / b;`,NP=`
  // vec4 one = vec4(equal(a, b));
  // return one + (vec4(1.0) - one) * a / b;
  vec4 result = a / b;
  if(a.x == b.x) {
    result.x = 1.;
  }
  if(a.y == b.y) {
    result.y = 1.;
  }
  if(a.z == b.z) {
    result.z = 1.;
  }
  if(a.w == b.w) {
    result.w = 1.;
  }

  return result;
`,Wf=oe({opSnippet:wP,packedOpSnippet:NP,checkOutOfBounds:!0}),BN={kernelName:rs,backendName:"webgl",kernelFunc:Wf};var IP="return 1.0 / x;",CP=G({opSnippet:IP}),LN={kernelName:ys,backendName:"webgl",kernelFunc:CP};var vP=Oe+`
  return (x < 0.0) ? 0.0 : x;
`,SP=`
  vec4 result = x * vec4(greaterThanEqual(x, vec4(0.0)));
  bvec4 isNaN = isnan(x);

  result.r = isNaN.r ? x.r : result.r;
  result.g = isNaN.g ? x.g : result.g;
  result.b = isNaN.b ? x.b : result.b;
  result.a = isNaN.a ? x.a : result.a;

  return result;
`,TP=G({opSnippet:vP,packedOpSnippet:SP}),MN={kernelName:bs,backendName:"webgl",kernelFunc:TP};var EP=Oe+`
  return (x < 0.0) ? 0.0 : min(6.0, x);
`,_P=`
  vec4 result = min(x, vec4(6.)) * vec4(greaterThanEqual(x, vec4(0.0)));
  bvec4 isNaN = isnan(x);

  result.r = isNaN.r ? x.r : result.r;
  result.g = isNaN.g ? x.g : result.g;
  result.b = isNaN.b ? x.b : result.b;
  result.a = isNaN.a ? x.a : result.a;

  return result;
`,kP=G({opSnippet:EP,packedOpSnippet:_P}),UN={kernelName:Ns,backendName:"webgl",kernelFunc:kP};var Bl=class{constructor(e,t,n,o,s){this.variableNames=["A"],this.outputShape=[];let[a,i,u,l]=e;this.outputShape=[a,t,n,l];let p=[o&&t>1?i-1:i,o&&n>1?u-1:u],c=[o&&t>1?t-1:t,o&&n>1?n-1:n],m;s?m="(vec2(yRC) + vec2(0.5)) * effectiveInputOverOutputRatioRC - vec2(0.5)":m="vec2(yRC) * effectiveInputOverOutputRatioRC",this.userCode=`
      const vec2 effectiveInputOverOutputRatioRC = vec2(
          ${p[0]/c[0]},
          ${p[1]/c[1]});
      const vec2 inputShapeRC = vec2(${i}.0, ${u}.0);

      void main() {
        ivec4 coords = getOutputCoords();
        int b = coords[0];
        int d = coords[3];
        ivec2 yRC = coords.yz;

        // Fractional source index.
        vec2 sourceFracIndexRC = ${m};

        // Compute the four integer indices.
        ivec2 sourceFloorRC = ivec2(max(sourceFracIndexRC, vec2(0.0)));
        ivec2 sourceCeilRC = ivec2(
          min(inputShapeRC - 1.0, ceil(sourceFracIndexRC)));

        float topLeft = getA(b, sourceFloorRC.x, sourceFloorRC.y, d);
        float bottomLeft = getA(b, sourceCeilRC.x, sourceFloorRC.y, d);
        float topRight = getA(b, sourceFloorRC.x, sourceCeilRC.y, d);
        float bottomRight = getA(b, sourceCeilRC.x, sourceCeilRC.y, d);

        vec2 fracRC = sourceFracIndexRC - vec2(sourceFloorRC);

        float top = topLeft + (topRight - topLeft) * fracRC.y;
        float bottom = bottomLeft + (bottomRight - bottomLeft) * fracRC.y;
        float newValue = top + (bottom - top) * fracRC.x;

        setOutput(newValue);
      }
    `}};var Ll=class{constructor(e,t,n,o,s){this.variableNames=["A"],this.packedInputs=!0,this.packedOutput=!0,this.outputShape=[];let[a,i,u,l]=e;this.outputShape=[a,t,n,l];let p=[o&&t>1?i-1:i,o&&n>1?u-1:u],c=[o&&t>1?t-1:t,o&&n>1?n-1:n],m;s?m="(vec3(yRC) + vec3(0.5)) * effectiveInputOverOutputRatioRC - vec3(0.5)":m="vec3(yRC) * effectiveInputOverOutputRatioRC",this.userCode=`
      const vec3 effectiveInputOverOutputRatioRC = vec3(
          ${p[0]/c[0]},
          ${p[1]/c[1]},
          ${p[1]/c[1]});
      const vec3 inputShapeRC = vec3(${i}.0, ${u}.0,
                                     ${u}.0);

      float getAValue(int b, int r, int c, int d) {
        return getChannel(getA(b, r, c, d), vec2(c, d));
      }

      void main() {
        ivec4 coords = getOutputCoords();
        int b = coords[0];
        int d = coords[3];
        // Calculate values for next column in yRC.z.
        ivec3 yRC = coords.yzz + ivec3(0, 0, 1);

        // Fractional source index.
        vec3 sourceFracIndexRC = ${m};

        // Compute the four integer indices.
        ivec3 sourceFloorRC = ivec3(max(sourceFracIndexRC, vec3(0.0)));
        ivec3 sourceCeilRC = ivec3(
          min(inputShapeRC - 1.0, ceil(sourceFracIndexRC)));

        // Should we calculate next column and row elements in 2x2 packed cell.
        bool hasNextCol = d < ${l-1};
        bool hasNextRow = coords.z < ${n-1};

        // In parallel, construct four corners for all four components in
        // packed 2x2 cell.
        vec4 topLeft = vec4(
          getAValue(b, sourceFloorRC.x, sourceFloorRC.y, d),
          hasNextCol ? getAValue(b, sourceFloorRC.x, sourceFloorRC.y, d + 1)
                     : 0.0,
          hasNextRow ? getAValue(b, sourceFloorRC.x, sourceFloorRC.z, d)
                     : 0.0,
          (hasNextRow && hasNextCol) ?
            getAValue(b, sourceFloorRC.x, sourceFloorRC.z, d + 1) : 0.0);

        vec4 bottomLeft = vec4(
          getAValue(b, sourceCeilRC.x, sourceFloorRC.y, d),
          hasNextCol ? getAValue(b, sourceCeilRC.x, sourceFloorRC.y, d + 1)
                     : 0.0,
          hasNextRow ? getAValue(b, sourceCeilRC.x, sourceFloorRC.z, d)
                     : 0.0,
          (hasNextRow && hasNextCol) ?
            getAValue(b, sourceCeilRC.x, sourceFloorRC.z, d + 1) : 0.0);

        vec4 topRight = vec4(
          getAValue(b, sourceFloorRC.x, sourceCeilRC.y, d),
          hasNextCol ? getAValue(b, sourceFloorRC.x, sourceCeilRC.y, d + 1)
                     : 0.0,
          hasNextRow ? getAValue(b, sourceFloorRC.x, sourceCeilRC.z, d)
                     : 0.0,
          (hasNextRow && hasNextCol) ?
            getAValue(b, sourceFloorRC.x, sourceCeilRC.z, d + 1) : 0.0);

        vec4 bottomRight = vec4(
          getAValue(b, sourceCeilRC.x, sourceCeilRC.y, d),
          hasNextCol ? getAValue(b, sourceCeilRC.x, sourceCeilRC.y, d + 1)
                     : 0.0,
          hasNextRow ? getAValue(b, sourceCeilRC.x, sourceCeilRC.z, d)
                     : 0.0,
          (hasNextRow && hasNextCol) ?
            getAValue(b, sourceCeilRC.x, sourceCeilRC.z, d + 1) : 0.0);

        vec3 fracRC = sourceFracIndexRC - vec3(sourceFloorRC);

        vec4 top = mix(topLeft, topRight, fracRC.yyzz);
        vec4 bottom = mix(bottomLeft, bottomRight, fracRC.yyzz);
        vec4 newValue = mix(top, bottom, fracRC.x);

        setOutput(newValue);
      }
    `}};function AP(r){let{inputs:e,backend:t,attrs:n}=r,{images:o}=e,{alignCorners:s,halfPixelCenters:a,size:i}=n,[u,l]=i,p=_().getBool("WEBGL_PACK_IMAGE_OPERATIONS")?new Ll(o.shape,u,l,s,a):new Bl(o.shape,u,l,s,a);return t.runWebGLProgram(p,[o],"float32")}var VN={kernelName:jn,backendName:"webgl",kernelFunc:AP};var Ml=class{constructor(e,t,n,o,s){this.variableNames=["A"],this.outputShape=[];let[a,i,u,l]=e;this.outputShape=[a,t,n,l];let p=[o&&t>1?i-1:i,o&&n>1?u-1:u],c=[o&&t>1?t-1:t,o&&n>1?n-1:n],m=o?"0.5":"0.0",f;s?f="max((vec2(yRC) + vec2(0.5)) * effectiveInputOverOutputRatioRC, vec2(0.0))":f="vec2(yRC) * effectiveInputOverOutputRatioRC",this.userCode=`
      const vec2 effectiveInputOverOutputRatioRC = vec2(
          ${p[0]/c[0]},
          ${p[1]/c[1]});
      const vec2 inputShapeRC = vec2(${i}.0, ${u}.0);

      void main() {
        ivec4 coords = getOutputCoords();
        int b = coords[0];
        int d = coords[3];
        ivec2 yRC = coords.yz;

        // Fractional source index.
        vec2 sourceFracIndexRC = ${f};

        // Compute the coordinators of nearest neighbor point.
        ivec2 sourceNearestRC = ivec2(
          min(inputShapeRC - 1.0, floor(sourceFracIndexRC + ${m})));
        float newValue = getA(b, sourceNearestRC.x, sourceNearestRC.y, d);

        setOutput(newValue);
      }
    `}};var Ul=class{constructor(e,t,n,o,s){this.variableNames=["A"],this.packedInputs=!0,this.packedOutput=!0,this.outputShape=[];let[a,i,u,l]=e;this.outputShape=[a,t,n,l];let p=[o&&t>1?i-1:i,o&&n>1?u-1:u],c=[o&&t>1?t-1:t,o&&n>1?n-1:n],m=o?"0.5":"0.0",f;s?f="max((vec3(yRC) + vec3(0.5)) * effectiveInputOverOutputRatioRC, vec3(0.0))":f="vec3(yRC) * effectiveInputOverOutputRatioRC",this.userCode=`
      const vec3 effectiveInputOverOutputRatioRC = vec3(
          ${p[0]/c[0]},
          ${p[1]/c[1]},
          ${p[1]/c[1]});
      const vec3 inputShapeRC = vec3(${i}.0, ${u}.0,
                                     ${u}.0);

      float getAValue(int b, int r, int c, int d) {
        return getChannel(getA(b, r, c, d), vec2(c, d));
      }

      void main() {
        ivec4 coords = getOutputCoords();
        int b = coords[0];
        int d = coords[3];
        // Calculate values for next column in yRC.z.
        ivec3 yRC = coords.yzz + ivec3(0, 0, 1);

        // Fractional source index.
        vec3 sourceFracIndexRC = ${f};

        // Compute the coordinators of nearest neighbor point.
        ivec3 sourceNearestRC = ivec3(
          min(inputShapeRC - 1.0, floor(sourceFracIndexRC + ${m})));

        // Should we calculate next column and row elements in 2x2 packed cell.
        bool hasNextCol = d < ${l-1};
        bool hasNextRow = coords.z < ${n-1};

        vec4 newValue = vec4(
          getAValue(b, sourceNearestRC.x, sourceNearestRC.y, d),
          hasNextCol ? getAValue(b, sourceNearestRC.x, sourceNearestRC.y, d + 1)
                     : 0.0,
          hasNextRow ? getAValue(b, sourceNearestRC.x, sourceNearestRC.z, d)
                     : 0.0,
          (hasNextRow && hasNextCol) ?
            getAValue(b, sourceNearestRC.x, sourceNearestRC.z, d + 1) : 0.0);

        setOutput(newValue);
      }
    `}};function $P(r){let{inputs:e,backend:t,attrs:n}=r,{images:o}=e,{alignCorners:s,halfPixelCenters:a,size:i}=n,[u,l]=i,p=_().getBool("WEBGL_PACK_IMAGE_OPERATIONS")?new Ul(o.shape,u,l,s,a):new Ml(o.shape,u,l,s,a);return t.runWebGLProgram(p,[o],o.dtype)}var GN={kernelName:qn,backendName:"webgl",kernelFunc:$P};var Vl=class{constructor(e,t){this.variableNames=["x"];let n=e.length;if(n>4)throw new Error(`WebGL backend: Reverse of rank-${n} tensor is not yet supported`);if(this.outputShape=e,n===1){this.userCode=`
        void main() {
          int coord = getOutputCoords();
          setOutput(getX(${e[0]} - coord - 1));
        }
      `;return}let o=i=>t.indexOf(i)!==-1&&e[i]!==1?`${e[i]} - coords[${i}] - 1`:`coords[${i}]`,s=e.map((i,u)=>o(u)).join(","),a=q(n);this.userCode=`
      void main() {
        ${a} coords = getOutputCoords();
        setOutput(getX(${s}));
      }
    `}};var Gl=class{constructor(e,t){this.variableNames=["x"],this.packedInputs=!0,this.packedOutput=!0;let n=e.length;if(n>4)throw new Error(`WebGL backend: Reverse of rank-${n} tensor is not yet supported`);this.outputShape=e;let o=Ne("rc",n),s=`${o[n-1]} + 1 < ${this.outputShape[n-1]}`,a=`${o[n-2]} + 1 < ${this.outputShape[n-2]}`,i=q(n);n===1?this.userCode=`
        void main(){
          int rc = getOutputCoords();
          vec4 result = vec4(0.);
          result.r = getChannel(getX(${e[0]} - rc - 1),
            ${e[0]} - rc - 1);
          if(${s}){
              result.g = getChannel(getX(${e[0]} - (rc  + 1) - 1),
                ${e[0]} - (rc  + 1) - 1);
          }
          setOutput(result);
        }
      `:this.userCode=`
        void main() {
          ${i} rc = getOutputCoords();
          vec4 result = vec4(0.);
          result.r = ${u(o.slice())};
          if(${s}){
            result.g = ${l(o.slice())};
          }
          if(${a}) {
            result.b = ${p(o.slice())};
            if(${s}) {
              result.a = ${c(o.slice())};
            }
          }
          setOutput(result);
        }
    `;function u(d){return m(d)}function l(d){return d[n-1]="("+d[n-1]+" + 1)",m(d)}function p(d){return d[n-2]="("+d[n-2]+" + 1)",m(d)}function c(d){return d[n-1]="("+d[n-1]+" + 1)",d[n-2]="("+d[n-2]+" + 1)",m(d)}function m(d){let g=e.map((b,C)=>f(C,d)),h=g.join(","),x=g.slice(-2).join(",");return`getChannel(getX(${h}), vec2(${x}))`}function f(d,g){return t.indexOf(d)!==-1&&e[d]!==1?`${e[d]} - ${g[d]} - 1`:`${g[d]}`}}};function RP(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{dims:s}=n,a=o.shape.length,i=y.parseAxisParam(s,o.shape);if(a===0)return Ie({inputs:{x:o},backend:t});let u=_().getBool("WEBGL_PACK_ARRAY_OPERATIONS")?new Gl(o.shape,i):new Vl(o.shape,i);return t.runWebGLProgram(u,[o],o.dtype)}var WN={kernelName:Xn,backendName:"webgl",kernelFunc:RP};var FP=`
  // OpenGL ES does not support round function.
  // The algorithm is based on banker's rounding.
  float base = floor(x);
  if ((x - base) < 0.5) {
    return floor(x);
  } else if ((x - base) > 0.5) {
    return ceil(x);
  } else {
    if (mod(base, 2.0) == 0.0) {
      return base;
    } else {
      return base + 1.0;
    }
  }
`,DP=G({opSnippet:FP}),zN={kernelName:Is,backendName:"webgl",kernelFunc:DP};var OP="return inversesqrt(x);",PP=G({opSnippet:OP,cpuKernelImpl:_b}),KN={kernelName:Hr,backendName:"webgl",kernelFunc:PP};var dn=class{constructor(e,t,n,o,s,a,i=!0,u=!1){this.variableNames=["updates","indices","defaultValue"],this.outputShape=a;let l=q(s.length),p=q(a.length),c="";n===1?c="i":n===2&&(c="i, j");let m=`getIndices(${c})`,f="";o===1?f="i":o===2&&(f="i, coords[1]");let d=`getUpdates(${f})`,g="";u&&(g="coords[0], coords[1]");let h=`getDefaultValue(${g})`,x=t>1?"strides[j]":"strides";this.userCode=`
        ${l} strides = ${l}(${s});

        void main() {
          ${p} coords = getOutputCoords();
          float sum = 0.0;
          bool found = false;
          for (int i = 0; i < ${e}; i++) {
            int flattenedIndex = 0;
            for (int j = 0; j < ${t}; j++) {
              int index = round(${m});
              flattenedIndex += index * ${x};
            }
            if (flattenedIndex == coords[0]) {
              sum += ${d};
              found = true;
            }
          }
          setOutput(mix(${h}, sum, float(found)));
        }
      `}};var Wl=class{constructor(e,t,n,o,s,a,i=!0,u=!1){this.variableNames=["updates","indices","defaultValue"],this.packedInputs=!0,this.packedOutput=!0,this.outputShape=a;let l=q(s.length),p=q(a.length),c="";n===1?c="i":n===2&&(c="i, j");let m=`getIndices(${c})`,f="";o===1?f="i":o===2&&(f="i, coords[1]");let d=`getUpdates(${f})`,g="";u&&(g="coords[0], coords[1]");let h=`getDefaultValue(${g})`,x=t>1?"strides[j]":"strides",b=t>1?"strides[j + 1]":"strides";this.userCode=`
        ${l} strides = ${l}(${s});

        void main() {
          ${p} coords = getOutputCoords();
          vec4 sum = vec4(0.);
          vec4 found = vec4(0.);
          for (int i = 0; i < ${e}; i+=2) {
            ivec2 flattenedIndex = ivec2(0);
            for (int j = 0; j < ${t}; j+=2) {
              ivec4 index = round(${m});
              flattenedIndex += index.xz * ${x};
              if (j + 1 < ${t}) {
                flattenedIndex += index.yw * ${b};
              }
            }
            if (flattenedIndex[0] == coords[0] || flattenedIndex[1] == coords[0] ||
                flattenedIndex[0] == coords[0] + 1 || flattenedIndex[1] == coords[0] + 1) {
              vec4 updVals = ${d};
              if (flattenedIndex[0] == coords[0]) {
                sum.xy += updVals.xy;
                found.xy = vec2(1.);
              } else if (flattenedIndex[0] == coords[0] + 1) {
                sum.zw += updVals.xy;
                found.zw = vec2(1.);
              }
              if (flattenedIndex[1] == coords[0]) {
                sum.xy += updVals.zw;
                found.xy = vec2(1.);
              } else if (flattenedIndex[1] == coords[0] + 1) {
                sum.zw += updVals.zw;
                found.zw = vec2(1.);
              }
            }
          }
          setOutput(mix(${h}, sum, found));
        }
      `}};function BP(r){let{inputs:e,backend:t,attrs:n}=r,{indices:o,updates:s}=e,{shape:a}=n,{sliceRank:i,numUpdates:u,sliceSize:l,strides:p,outputSize:c}=v.calculateShapes(s,o,a),m=[c/l,l];if(c===0)return t.makeTensorInfo(a,o.dtype);let f=B({inputs:{x:o},backend:t,attrs:{shape:[u,i]}}),d=B({inputs:{x:s},backend:t,attrs:{shape:[u,l]}}),g=t.makeTensorInfo([],"float32",new Float32Array([0])),h;_().getBool("WEBGL_PACK")?h=new Wl(u,i,f.shape.length,d.shape.length,p,m):h=new dn(u,i,f.shape.length,d.shape.length,p,m);let x=t.runWebGLProgram(h,[d,f,g],d.dtype),b=B({inputs:{x},backend:t,attrs:{shape:a}});return t.disposeIntermediateTensorInfo(f),t.disposeIntermediateTensorInfo(d),t.disposeIntermediateTensorInfo(x),t.disposeIntermediateTensorInfo(g),b}var HN={kernelName:Yn,backendName:"webgl",kernelFunc:BP};var zl=class{constructor(e,t,n){this.variableNames=["c","a","b"],this.outputShape=t;let o,s;if(n>4)throw Error(`Where for rank ${n} is not yet supported`);if(n===1)s="resRC",o="resRC";else{let i=["resRC.x","resRC.y","resRC.z","resRC.w"],u=[],l=[];for(let p=0;p<t.length;p++)l.push(`${i[p]}`),p<e&&u.push(`${i[p]}`);o=u.join(),s=l.join()}let a=q(n);this.userCode=`
      void main() {
        ${a} resRC = getOutputCoords();
        float cVal = getC(${o});
        if (cVal >= 1.0) {
          setOutput(getA(${s}));
        } else {
          setOutput(getB(${s}));
        }
      }
    `}};function LP(r){let{inputs:e,backend:t}=r,{condition:n,t:o,e:s}=e,a=new zl(n.shape.length,o.shape,o.shape.length);return t.runWebGLProgram(a,[n,o,s],et(o.dtype,s.dtype))}var qN={kernelName:Cs,backendName:"webgl",kernelFunc:LP};var MP=`
  // Stable and Attracting Fixed Point (0, 1) for Normalized Weights.
  // see: https://arxiv.org/abs/1706.02515
  float scaleAlpha = ${v.SELU_SCALEALPHA};
  float scale = ${v.SELU_SCALE};
  return (x >= 0.0) ? scale * x : scaleAlpha * (exp(x) - 1.0);
`,UP=G({opSnippet:MP}),jN={kernelName:vs,backendName:"webgl",kernelFunc:UP};var VP=Lt+`
  return 1.0 / (1.0 + exp(-1.0 * x));
`,GP=`
  vec4 result = 1.0 / (1.0 + exp(-1.0 * x));
  bvec4 isNaN = isnan(x);

  result.r = isNaN.r ? x.r : result.r;
  result.g = isNaN.g ? x.g : result.g;
  result.b = isNaN.b ? x.b : result.b;
  result.a = isNaN.a ? x.a : result.a;

  return result;
`,WP=G({opSnippet:VP,packedOpSnippet:GP,cpuKernelImpl:Ab}),XN={kernelName:qr,backendName:"webgl",kernelFunc:WP};var zP=`
  if (isnan(x)) { return 0.0; }
  return sign(x);
`,KP=G({opSnippet:zP}),YN={kernelName:Ts,backendName:"webgl",kernelFunc:KP};var HP=Lt+`
  return sin(x);
`,qP=`
  vec4 result = sin(x);
  bvec4 isNaN = isnan(x);
  ${Ct}
  return result;
`,jP=G({opSnippet:HP,packedOpSnippet:qP}),QN={kernelName:"Sin",backendName:"webgl",kernelFunc:jP};var XP=`
  float e2x = exp(x);
  return (e2x - 1.0 / e2x) / 2.0;
`,YP=G({opSnippet:XP}),ZN={kernelName:Ss,backendName:"webgl",kernelFunc:YP};var JN="return a - b;",zf=oe({opSnippet:JN,packedOpSnippet:JN,supportsComplex:!0,cpuKernelImpl:Db}),eI={kernelName:"Sub",backendName:"webgl",kernelFunc:zf};function QP(r){let{inputs:e,backend:t,attrs:n}=r,{logits:o}=e,{dim:s}=n,a=y.parseAxisParam([s],o.shape),i=Vf({inputs:{x:o},backend:t,attrs:{reductionIndices:a,keepDims:!1}}),u=v.expandShapeToKeepDim(i.shape,a),l=B({inputs:{x:i},backend:t,attrs:{shape:u}}),p=zf({inputs:{a:o,b:l},backend:t}),c=Uf({inputs:{x:p},backend:t}),m=vi({inputs:{x:c},backend:t,attrs:{axis:a,keepDims:!1}}),f=B({inputs:{x:m},backend:t,attrs:{shape:u}}),d=Wf({inputs:{a:c,b:f},backend:t});return t.disposeIntermediateTensorInfo(i),t.disposeIntermediateTensorInfo(l),t.disposeIntermediateTensorInfo(p),t.disposeIntermediateTensorInfo(c),t.disposeIntermediateTensorInfo(m),t.disposeIntermediateTensorInfo(f),d}var tI={kernelName:Jn,backendName:"webgl",kernelFunc:QP};var ZP=`
  float epsilon = 1.1920928955078125e-7;
  float threshold = log(epsilon) + 2.0;

  bool too_large = x > -threshold;
  bool too_small = x < threshold;

  float result;
  float exp_x = exp(x);

  if (too_large){
    result = x;
  }
  else if (too_small){
    result = exp_x;
  }
  else{
    result = log(exp_x + 1.0);
  }
  return result;
`,JP=G({opSnippet:ZP}),rI={kernelName:Es,backendName:"webgl",kernelFunc:JP};var eB=r=>{let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{blockShape:s,paddings:a}=n;y.assert(o.shape.length<=4,()=>"spaceToBatchND for rank > 4 with a WebGL backend not implemented yet");let i=s.reduce((x,b)=>x*b),u=[[0,0]];u.push(...a);for(let x=1+s.length;x<o.shape.length;++x)u.push([0,0]);let l=[],p=Gf({inputs:{x:o},backend:t,attrs:{paddings:u,constantValue:0}}),c=v.getReshaped(p.shape,s,i,!1),m=v.getPermuted(c.length,s.length,!1),f=v.getReshapedPermuted(p.shape,s,i,!1),d=B({inputs:{x:p},backend:t,attrs:{shape:c}}),g=Re({inputs:{x:d},backend:t,attrs:{perm:m}}),h=B({inputs:{x:g},backend:t,attrs:{shape:f}});return l.push(p),l.push(d),l.push(g),l.forEach(x=>t.disposeIntermediateTensorInfo(x)),h},nI={kernelName:_s,backendName:"webgl",kernelFunc:eB};function tB(r){let{inputs:e,backend:t,attrs:n}=r,{sparseIndices:o,sparseValues:s,defaultValue:a}=e,{outputShape:i}=n,{sliceRank:u,numUpdates:l,sliceSize:p,strides:c,outputSize:m}=v.calculateShapes(s,o,i),f=!1;if(s.dtype==="string"){let x=t.bufferSync(o),b=t.bufferSync(s),C=y.decodeString(t.readSync(a.dataId)[0]),E=kb(x,b,i,m,p,l,u,c,C,f);return t.makeTensorInfo(i,E.dtype,E.values)}let d=new dn(l,u,o.shape.length,s.shape.length,c,[m,1],f),g=t.runWebGLProgram(d,[s,o,a],s.dtype),h=B({inputs:{x:g},backend:t,attrs:{shape:i}});return t.disposeIntermediateTensorInfo(g),h}var oI={kernelName:eo,backendName:"webgl",kernelFunc:tB};function rB(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{numOrSizeSplits:s,axis:a}=n,i=y.parseAxisParam(a,o.shape)[0],u=v.prepareSplitSize(o,s,i),l=o.shape.length,p=new Array(l).fill(0),c=o.shape.slice();return u.map(m=>{let f=[...c];f[i]=m;let d=Er({inputs:{x:o},backend:t,attrs:{begin:p,size:f}});return p[i]+=m,d})}var sI={kernelName:ks,backendName:"webgl",kernelFunc:rB};var aI="return sqrt(x);",nB=G({opSnippet:aI,packedOpSnippet:aI,cpuKernelImpl:Rb}),iI={kernelName:jr,backendName:"webgl",kernelFunc:nB};var oB="return x * x;",sB=G({opSnippet:oB}),uI={kernelName:Ki,backendName:"webgl",kernelFunc:sB};var lI="return (a - b) * (a - b);",aB=oe({opSnippet:lI,packedOpSnippet:lI}),pI={kernelName:Xr,backendName:"webgl",kernelFunc:aB};function iB({inputs:r,attrs:e,backend:t}){let{x:n}=r,o=Oe+`
    return x > 0.0 ? 1.0 : float(${e.alpha});
  `,s=new qe(n.shape,o);return t.runWebGLProgram(s,[n],n.dtype)}var cI={kernelName:ro,backendName:"webgl",kernelFunc:iB};var Kl=class{constructor(e,t,n){this.variableNames=["x"],this.outputShape=n;let o=n.length,s=q(n.length),a=q(n.length),i="";if(o===1)i="coords * strides + begin";else{let u=0;i=n.map((l,p)=>(u++,n.length===1?`coords * strides[${p}] + begin[${p}]`:`coords[${u-1}] * strides[${p}] + begin[${p}]`)).join(",")}this.userCode=`
      ${s} begin = ${s}(${e});
      ${s} strides = ${s}(${t});

      void main() {
        ${a} coords = getOutputCoords();
        setOutput(getX(${i}));
      }
    `}};function uB(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{begin:s,end:a,strides:i,beginMask:u,endMask:l,ellipsisMask:p,newAxisMask:c,shrinkAxisMask:m}=n,{finalShapeSparse:f,finalShape:d,isIdentity:g,sliceDim0:h,isSimpleSlice:x,begin:b,end:C,strides:E}=De.sliceInfo(o.shape,s,a,i,u,l,p,c,m),k;if(g)k=B({inputs:{x:o},backend:t,attrs:{shape:d}});else if(h||x){y.assert(o.shape.length>=1,()=>`Input must have rank at least 1, got: ${o.shape.length}`);let R=De.computeOutShape(b,C,E),F=Er({inputs:{x:o},backend:t,attrs:{begin:b,size:R}});k=B({inputs:{x:F},backend:t,attrs:{shape:d}}),t.disposeIntermediateTensorInfo(F)}else if(t.shouldExecuteOnCPU([o])){let F=t.readSync(o.dataId),D=ae(o.shape,o.dtype,F),L=Fb(f,D,E,b);k=t.makeTensorInfo(d,o.dtype,L.values)}else{let F=new Kl(b,E,f);k=t.runWebGLProgram(F,[o],o.dtype)}let A=B({inputs:{x:k},backend:t,attrs:{shape:d}});return t.disposeIntermediateTensorInfo(k),A}var mI={kernelName:to,backendName:"webgl",kernelFunc:uB};var lB="return tan(x);",pB=G({opSnippet:lB}),fI={kernelName:"Tan",backendName:"webgl",kernelFunc:pB};var cB=`
  float e2x = exp(-2.0 * abs(x));
  return sign(x) * (1.0 - e2x) / (1.0 + e2x);
`,mB=G({opSnippet:cB}),dI={kernelName:As,backendName:"webgl",kernelFunc:mB};function fB(r){let{inputs:e,backend:t,attrs:n}=r,{tensor:o,indices:s,updates:a}=e,{}=n,{sliceRank:i,numUpdates:u,sliceSize:l,strides:p,outputSize:c}=v.calculateShapes(a,s,o.shape),m=[c/l,l];if(c===0)return t.makeTensorInfo(o.shape,s.dtype);let f=B({inputs:{x:s},backend:t,attrs:{shape:[u,i]}}),d=B({inputs:{x:a},backend:t,attrs:{shape:[u,l]}}),g=B({inputs:{x:o},backend:t,attrs:{shape:m}}),h=new dn(u,i,f.shape.length,d.shape.length,p,m,!1,!0),x=t.runWebGLProgram(h,[d,f,g],g.dtype),b=B({inputs:{x},backend:t,attrs:{shape:o.shape}});return t.disposeIntermediateTensorInfo(f),t.disposeIntermediateTensorInfo(d),t.disposeIntermediateTensorInfo(g),t.disposeIntermediateTensorInfo(x),b}var hI={kernelName:Qn,backendName:"webgl",kernelFunc:fB};var Hl=class{constructor(e,t){this.variableNames=["A"];let n=new Array(e.length);for(let a=0;a<n.length;a++)n[a]=e[a]*t[a];this.outputShape=n,this.rank=n.length;let o=q(this.rank),s=dB(e);this.userCode=`
      void main() {
        ${o} resRC = getOutputCoords();
        setOutput(getA(${s}));
      }
    `}};function dB(r){let e=r.length;if(e>5)throw Error(`Tile for rank ${e} is not yet supported`);if(e===1)return`imod(resRC, ${r[0]})`;let t=["resRC.x","resRC.y","resRC.z","resRC.w","resRC.u"],n=[];for(let o=0;o<r.length;o++)n.push(`imod(${t[o]}, ${r[o]})`);return n.join()}function hB(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{reps:s}=n;if(o.dtype==="string"||o.shape.length>5){let u=t.readSync(o.dataId),l=o.dtype==="string"?u.map(m=>y.decodeString(m)):u,p=ae(o.shape,o.dtype,l),c=Ob(p,s);return t.makeTensorInfo(c.shape,c.dtype,c.values)}let a=new Hl(o.shape,s);return t.runWebGLProgram(a,[o],o.dtype)}var gI={kernelName:cr,backendName:"webgl",kernelFunc:hB};function gB(r){let{inputs:e,backend:t,attrs:n}=r,{value:o}=e,{axis:s}=n;s<0&&(s+=o.shape.length);let a=o,i=a.shape.length,u=o.shape[s],l=new Array(i-1),p=0;for(let g=0;g<i;g++)g!==s&&(l[p++]=a.shape[g]);let c=[],m=new Array(i).fill(0),f=a.shape.slice();f[s]=1;let d=new Array(u);for(let g=0;g<d.length;g++){m[s]=g;let h=Er({inputs:{x:a},backend:t,attrs:{begin:m,size:f}}),x=B({inputs:{x:h},backend:t,attrs:{shape:l}});d[g]=x,c.push(h)}return c.forEach(g=>t.disposeIntermediateTensorInfo(g)),d}var xI={kernelName:$s,backendName:"webgl",kernelFunc:gB};[Wb,Kb,Hb,qb,Xb,Yb,Qb,Zb,tw,rw,nw,ow,sw,aw,iw,uw,lw,pw,cw,fw,dw,hw,bw,Nw,Iw,cy,vw,Tw,Ew,_w,kw,Aw,$w,Dw,Ow,Pw,Bw,Lw,Mw,Uw,Vw,Gw,Ww,Kw,Hw,jw,Xw,Yw,Qw,Zw,Jw,eN,tN,py,Sw,rN,nN,oN,my,sN,aN,iN,uN,lN,pN,cN,mN,fN,hN,gN,xN,yN,wN,IN,CN,vN,SN,TN,Bb,EN,gw,_N,$N,RN,FN,DN,fy,ON,PN,xw,BN,LN,MN,UN,Mb,VN,GN,WN,zN,KN,HN,qN,jN,XN,YN,QN,ZN,mw,tI,rI,nI,oI,sI,iI,uI,pI,cI,mI,eI,Vb,fI,dI,hI,gI,Gb,xI,kN].forEach(qi);var Y;(function(r){r[r.float32=0]="float32",r[r.int32=1]="int32",r[r.bool=2]="bool",r[r.string=3]="string",r[r.complex64=4]="complex64"})(Y||(Y={}));var hn;(function(r){r[r.linear=0]="linear",r[r.relu=1]="relu",r[r.relu6=2]="relu6",r[r.prelu=3]="prelu",r[r.leakyrelu=4]="leakyrelu",r[r.sigmoid=5]="sigmoid",r[r.elu=6]="elu"})(hn||(hn={}));var yI;function xB(r){yI=r.wasm.cwrap(Yr,null,["number","array","number","number","array","number","number","number","number","number","number","number","number"])}function yB(r){let{inputs:e,backend:t,attrs:n}=r,{a:o,b:s,bias:a,preluActivationWeights:i}=e;if(o.dtype!=="float32"||s.dtype!=="float32")throw new Error("_FusedMatMul for non non-float32 tensors not yet supported.");let{transposeA:u,transposeB:l,activation:p,leakyreluAlpha:c}=n,m=t.dataIdMap.get(o.dataId).id,f=t.dataIdMap.get(s.dataId).id,d=0;if(a!=null){let F=t.dataIdMap.get(a.dataId);if(F.shape.length!==1)throw new Error(`_FusedMatMul only supports rank-1 bias but got rank ${F.shape.length}.`);d=F.id}let g=i==null?0:t.dataIdMap.get(i.dataId).id,h=hn[p];if(h==null)throw new Error(`${p} activation not yet supported for FusedConv2D in the wasm backend.`);let x=u?o.shape[2]:o.shape[1],b=l?s.shape[1]:s.shape[2],C=Dt.assertAndGetBroadcastShape(o.shape.slice(0,-2),s.shape.slice(0,-2)),E=t.makeOutput([...C,x,b],o.dtype),k=t.dataIdMap.get(E.dataId).id,A=new Uint8Array(new Int32Array(o.shape).buffer),R=new Uint8Array(new Int32Array(s.shape).buffer);return yI(m,A,o.shape.length,f,R,s.shape.length,u,l,h,d,g,c||0,k),E}var bI={kernelName:Yr,backendName:"wasm",setupFunc:xB,kernelFunc:yB};function V(r,e){let t;function n(s){t=s.wasm.cwrap(r,null,["number","number","number"])}function o(s){let{backend:a,inputs:{x:i}}=s,u=a.dataIdMap.get(i.dataId).id,l=a.makeOutput(i.shape,e||i.dtype),p=a.dataIdMap.get(l.dataId).id;return y.sizeFromShape(l.shape)===0||t(u,Y[i.dtype],p),l}return{kernelName:r,backendName:"wasm",setupFunc:n,kernelFunc:o}}var wI=V("Abs");var NI=V(Go);var II=V(Wo);function Z(r,e,t){let n;function o(a){n=a.wasm.cwrap(r,null,["number","array","number","number","array","number","number","number"])}function s(a){let{backend:i,inputs:u}=a,{a:l,b:p}=u,c=i.dataIdMap.get(l.dataId).id,m=i.dataIdMap.get(p.dataId).id,f=t??l.dtype,d=v.assertAndGetBroadcastShape(l.shape,p.shape),g=i.makeOutput(d,f);if(y.sizeFromShape(d)===0)return g;let h=new Uint8Array(new Int32Array(l.shape).buffer),x=new Uint8Array(new Int32Array(p.shape).buffer),b=i.dataIdMap.get(g.dataId).id;return n(c,h,l.shape.length,m,x,p.shape.length,Y[l.dtype],b),g}return{kernelName:r,backendName:"wasm",setupFunc:o,kernelFunc:s}}var bB=!0,CI=Z("Add",bB);var vI;function wB(r){vI=r.wasm.cwrap(Sn,null,["array","number","number","number"])}function NB(r){let{inputs:e,backend:t}=r,n=t.makeOutput(e[0].shape,e[0].dtype);if(y.sizeFromShape(n.shape)===0)return n;let o=e.map(i=>t.dataIdMap.get(i.dataId).id),s=new Uint8Array(new Int32Array(o).buffer),a=t.dataIdMap.get(n.dataId).id;return vI(s,o.length,Y[n.dtype],a),n}var SI={kernelName:Sn,backendName:"wasm",setupFunc:wB,kernelFunc:NB};function Ro(r){let{inputs:{x:e},backend:t}=r;if(e.dtype==="string")return Jt(t.readSync(e.dataId),e.shape,e.dtype);let n=t.makeOutput(e.shape,e.dtype),o=t.typedArrayFromHeap(e);return t.typedArrayFromHeap(n).set(o),n}var TI={kernelName:pr,backendName:"wasm",kernelFunc:Ro};var EI;function IB(r){EI=r.wasm.cwrap(mr,null,["number","array","number","number","number","array","number"])}function At(r){let{inputs:e,backend:t,attrs:n}=r,[o,s]=vB(e.x.shape,n.perm),a=!0;for(let d=0;d<s.length;d++)s[d]!==d&&(a=!1);let i=CB(e.x.shape,n.perm),u={dataId:e.x.dataId,shape:o,dtype:e.x.dtype};if(a){let d=Ro({inputs:e,backend:t});return d.shape=i,d}let l=t.makeOutput(i,u.dtype),p=t.dataIdMap.get(u.dataId).id,c=t.dataIdMap.get(l.dataId).id,m=new Uint8Array(new Int32Array(s).buffer),f=new Uint8Array(new Int32Array(u.shape).buffer);return EI(p,f,u.shape.length,Y[u.dtype],c,m,s.length),l}function CB(r,e){let t=new Array(r.length);for(let n=0;n<t.length;n++)t[n]=r[e[n]];return t}function vB(r,e){let t=[],n=[];for(let o=0;o<r.length;++o)r[o]!==1&&t.push(r[o]),r[e[o]]!==1&&n.push(e[o]);for(let o=0;o<n.length;++o){let s=-1;for(let a=0;a<n.length;++a)n[a]>=o&&(s===-1||n[s]>n[a])&&(s=a);n[s]=o}return[t,n]}var _I={kernelName:mr,backendName:"wasm",kernelFunc:At,setupFunc:IB};function at(r,e,t){let n=r.shape,o=r.shape.length,s=y.parseAxisParam(e,n),a=s,i=v.getAxesPermutation(a,o),u=null,l=!1;if(i!=null){let p=new Array(o);for(let f=0;f<p.length;f++)p[f]=n[i[f]];a=v.getInnerMostAxes(a.length,o),u=At({inputs:{x:r},attrs:{perm:i},backend:t});let c=t.dataIdMap.get(r.dataId).id;t.dataIdMap.get(u.dataId).id!==c&&(l=!0)}return{transposed:u,originalAxes:s,axes:a,inputWasTransposed:l}}var kI;function SB(r){kI=r.wasm.cwrap("All",null,["number, number, number"])}function TB(r){let{backend:e,inputs:t,attrs:n}=r,{axis:o,keepDims:s}=n,{x:a}=t,u=e.dataIdMap.get(a.dataId).id,l=a,{transposed:p,axes:c,originalAxes:m,inputWasTransposed:f}=at(a,o,e);if(f){let C=e.dataIdMap.get(p.dataId).id;l=p,u=C}let d=l.shape.length;v.assertAxesAreInnerMostDims("all",c,d);let[g,h]=v.computeOutAndReduceShapes(l.shape,c),x=y.sizeFromShape(h),b=e.makeOutput(g,a.dtype);if(y.sizeFromShape(l.shape)!==0){let C=e.dataIdMap.get(b.dataId).id;kI(u,x,C)}if(f&&e.disposeData(p.dataId),s){let C=v.expandShapeToKeepDim(b.shape,m);b.shape=C}return b}var AI={kernelName:"All",backendName:"wasm",setupFunc:SB,kernelFunc:TB};var $I;function EB(r){$I=r.wasm.cwrap("Any",null,["number, number, number"])}function _B(r){let{backend:e,inputs:t,attrs:n}=r,{axis:o,keepDims:s}=n,{x:a}=t,u=e.dataIdMap.get(a.dataId).id,l=a,{transposed:p,axes:c,originalAxes:m,inputWasTransposed:f}=at(a,o,e);if(f){let C=e.dataIdMap.get(p.dataId).id;l=p,u=C}let d=l.shape.length;v.assertAxesAreInnerMostDims("any",c,d);let[g,h]=v.computeOutAndReduceShapes(l.shape,c),x=y.sizeFromShape(h),b=e.makeOutput(g,a.dtype);if(y.sizeFromShape(l.shape)!==0){let C=e.dataIdMap.get(b.dataId).id;$I(u,x,C)}if(f&&e.disposeData(p.dataId),s){let C=v.expandShapeToKeepDim(b.shape,m);b.shape=C}return b}var RI={kernelName:"Any",backendName:"wasm",setupFunc:EB,kernelFunc:_B};function ql(r){let e;function t(o){e=o.wasm.cwrap(r,null,["number","number","number","number","number"])}function n(o){let{backend:s,inputs:a,attrs:i}=o,{axis:u}=i,{x:l}=a,p=s.dataIdMap.get(l.dataId).id,c=p,m=l,{transposed:f,axes:d,inputWasTransposed:g}=at(l,u,s);if(g){let k=s.dataIdMap.get(f.dataId).id;k!==p&&(m=f,c=k)}let h=m.shape.slice(0,-1),x=s.makeOutput(h,"int32"),b=s.dataIdMap.get(x.dataId).id,C=y.sizeFromShape(x.shape),E=m.shape[d[0]];return e(c,Y[m.dtype],C,E,b),g&&s.disposeData(f.dataId),x}return{kernelName:r,backendName:"wasm",setupFunc:t,kernelFunc:n}}var FI=ql(zo);var DI=ql(Ko);var OI=V(Ho);var PI=V(qo);var BI=V(jo);var LI=Z(Yo,!1);var MI=V(Xo);var UI;function kB(r){UI=r.wasm.cwrap(Tn,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function AB(r){let{inputs:e,attrs:t,backend:n}=r,o=e.x,s=n.dataIdMap.get(o.dataId).id,{filterSize:a,strides:i,pad:u,dimRoundingMode:l}=t,p=v.computePool2DInfo(o.shape,a,i,1,u,l),c=p.filterHeight,m=p.filterWidth,f=p.padInfo.top,d=p.padInfo.right,g=p.padInfo.bottom,h=p.padInfo.left,x=p.strideHeight,b=p.strideWidth,C=p.inChannels;if(p.dataFormat!=="channelsLast")throw new Error(`wasm backend does not support dataFormat:'${p.dataFormat}'. Please use 'channelsLast'.`);if(p.dilationWidth!==1||p.dilationHeight!==1)throw new Error(`was backend only supports average pooling with dilation = [1, 1], got [${p.dilationHeight}, ${p.dilationWidth}].`);let E=n.makeOutput(p.outShape,"float32"),k=n.dataIdMap.get(E.dataId).id;return UI(s,o.shape[0],o.shape[1],o.shape[2],c,m,f,d,g,h,x,b,C,k),E}var VI={kernelName:Tn,backendName:"wasm",setupFunc:kB,kernelFunc:AB};var GI;function $B(r){GI=r.wasm.cwrap("AvgPool3D",null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function RB(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{filterSize:s,strides:a,pad:i,dimRoundingMode:u,dataFormat:l}=n,p=v.computePool3DInfo(o.shape,s,a,1,i,u,l),c=t.makeOutput(p.outShape,o.dtype);return GI(t.dataIdMap.get(o.dataId).id,t.dataIdMap.get(c.dataId).id,p.batchSize,p.inChannels,p.inDepth,p.inHeight,p.inWidth,p.outDepth,p.outHeight,p.outWidth,p.strideDepth,p.strideHeight,p.strideWidth,p.dilationDepth,p.dilationHeight,p.dilationWidth,p.effectiveFilterDepth,p.effectiveFilterHeight,p.effectiveFilterWidth,p.padInfo.front,p.padInfo.top,p.padInfo.left),c}var WI={kernelName:Qo,backendName:"wasm",setupFunc:$B,kernelFunc:RB};function Fe(r){let{inputs:e,attrs:t}=r,{x:n}=e,{shape:o}=t,s=y.sizeFromShape(n.shape),a=y.inferFromImplicitShape(o,s);return y.assert(s===y.sizeFromShape(a),()=>`new shape: ${a}, old shape: ${n.shape}. New shape and old shape must have the same number of elements.`),r.backend.incRef(n.dataId),{dataId:n.dataId,shape:a,dtype:n.dtype}}var zI={kernelName:ws,backendName:"wasm",kernelFunc:Fe};var KI;function FB(r){KI=r.wasm.cwrap(En,null,["number","array","number","number","array","number","number","number","number"])}function DB(r){let{inputs:e,backend:t,attrs:n}=r,{a:o,b:s}=e,{transposeA:a,transposeB:i}=n;if(o.dtype!=="float32"||s.dtype!=="float32")throw new Error("BatchMatMul for non non-float32 tensors not yet supported.");let u=o.shape.length,l=s.shape.length,p=a?o.shape[u-2]:o.shape[u-1],c=i?s.shape[l-1]:s.shape[l-2],m=a?o.shape[u-1]:o.shape[u-2],f=i?s.shape[l-2]:s.shape[l-1],d=o.shape.slice(0,-2),g=s.shape.slice(0,-2),h=y.sizeFromShape(d),x=y.sizeFromShape(g),C=Dt.assertAndGetBroadcastShape(o.shape.slice(0,-2),s.shape.slice(0,-2)).concat([m,f]);y.assert(p===c,()=>`Error in matMul: inner shapes (${p}) and (${c}) of Tensors with shapes ${o.shape} and ${s.shape} and transposeA=${a} and transposeB=${i} must match.`);let E=a?[h,p,m]:[h,m,p],k=i?[x,f,c]:[x,c,f],A=Fe({inputs:{x:o},backend:t,attrs:{shape:E}}),R=Fe({inputs:{x:s},backend:t,attrs:{shape:k}}),F=t.dataIdMap.get(A.dataId).id,D=t.dataIdMap.get(R.dataId).id,L=a?A.shape[2]:A.shape[1],z=i?R.shape[1]:R.shape[2],j=Math.max(h,x),te=t.makeOutput([j,L,z],A.dtype),pe=t.dataIdMap.get(te.dataId).id,ce=new Uint8Array(new Int32Array(A.shape).buffer),Le=new Uint8Array(new Int32Array(R.shape).buffer);return KI(F,ce,A.shape.length,D,Le,R.shape.length,a,i,pe),t.disposeData(A.dataId),t.disposeData(R.dataId),te.shape=C,te}var HI={kernelName:En,backendName:"wasm",setupFunc:FB,kernelFunc:DB};function kr(r){let{inputs:{x:e},attrs:{begin:t,size:n},backend:o}=r,[s,a]=De.parseSliceParams(e,t,n),i=De.isSliceContinous(e.shape,s,a),u=o.readSync(e.dataId),l=o.makeOutput(a,e.dtype),p=y.computeStrides(e.shape),c=o.dataIdMap.get(l.dataId);if(i){let d=De.computeFlatOffset(s,p);return e.dtype==="string"?c.stringBytes=u.slice(d,d+y.sizeFromShape(a)):o.typedArrayFromHeap(l).set(u.subarray(d,d+y.sizeFromShape(a))),l}if(e.dtype==="string"){let d=da(u,s,a,e.shape,e.dtype);return c.stringBytes=d,l}let m=o.typedArrayFromHeap(l),f=e.shape.length;if(f===2)OB(u,p[0],m,s,a);else if(f===3)PB(u,p[0],p[1],m,s,a);else if(f===4)BB(u,p[0],p[1],p[2],m,s,a);else{let d=da(u,s,a,e.shape,e.dtype);m.set(d)}return l}function OB(r,e,t,n,o){let s=0,a=n[0],i=n[1],u=a+o[0];for(let l=a;l<u;l++){let p=l*e+i;t.set(r.subarray(p,p+o[1]),s),s+=o[1]}}function PB(r,e,t,n,o,s){let a=0,i=o[0],u=o[1],l=o[2],p=i+s[0],c=u+s[1];for(let m=i;m<p;m++)for(let f=u;f<c;f++){let d=m*e+f*t+l;n.set(r.subarray(d,d+s[2]),a),a+=s[2]}}function BB(r,e,t,n,o,s,a){let i=0,u=s[0],l=s[1],p=s[2],c=u+a[0],m=l+a[1],f=p+a[2],d=s[3];for(let g=u;g<c;g++)for(let h=l;h<m;h++)for(let x=p;x<f;x++){let b=g*e+h*t+x*n+d;o.set(r.subarray(b,b+a[3]),i),i+=a[3]}}var qI={kernelName:Zn,backendName:"wasm",kernelFunc:kr};function LB(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{blockShape:s,crops:a}=n,i=s.reduce((x,b)=>x*b),u=v.getReshaped(o.shape,s,i),l=v.getPermuted(u.length,s.length),p=v.getReshapedPermuted(o.shape,s,i),c=v.getSliceBeginCoords(a,s.length),m=v.getSliceSize(p,a,s.length),f=Fe({inputs:{x:o},backend:t,attrs:{shape:u}}),d=At({inputs:{x:f},backend:t,attrs:{perm:l}}),g=Fe({inputs:{x:d},backend:t,attrs:{shape:p}}),h=kr({inputs:{x:g},backend:t,attrs:{begin:c,size:m}});return t.disposeData(f.dataId),t.disposeData(d.dataId),t.disposeData(g.dataId),h}var jI={kernelName:Zo,backendName:"wasm",kernelFunc:LB};var MB=!0,XI=Z($r,MB);function UB(r){let{inputs:e,backend:t}=r,{s0:n,s1:o}=e,s=t.typedArrayFromHeap(n),a=t.typedArrayFromHeap(o),i=v.assertAndGetBroadcastShape(Array.from(s),Array.from(a));return t.makeOutput([i.length],"int32",void 0,new Int32Array(i))}var YI={kernelName:Jo,backendName:"wasm",kernelFunc:UB};function jt(r){let{inputs:{x:e},attrs:{dtype:t},backend:n}=r,o=n.makeOutput(e.shape,t),s=n.typedArrayFromHeap(e);return n.typedArrayFromHeap(o).set(s),o}var QI={kernelName:lr,backendName:"wasm",kernelFunc:jt};var ZI=V(Rr);var JI;function VB(r){JI=r.wasm.cwrap(_n,null,["number","number","number","number"])}function GB(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{clipValueMin:s,clipValueMax:a}=n,i=t.dataIdMap.get(o.dataId).id,u=t.makeOutput(o.shape,o.dtype),l=t.dataIdMap.get(u.dataId).id;return JI(i,s,a,l),u}var eC={kernelName:_n,backendName:"wasm",setupFunc:VB,kernelFunc:GB};function Kf(r){let{inputs:e,backend:t}=r,n=y.parseAxisParam(r.attrs.axis,e[0].shape)[0],o=e.map(f=>f.shape);v.assertParamsConsistent(o,n);let s=v.computeOutShape(e.map(f=>f.shape),n),a=e.filter(f=>y.sizeFromShape(f.shape)>0);if(a.length===1)return Ro({inputs:{x:a[0]},backend:t});let i=t.makeOutput(s,e[0].dtype);if(y.sizeFromShape(s)===0)return i;if(a[0].dtype==="string"){let f=a.map(C=>{let k=[-1,y.sizeFromShape(C.shape.slice(n))];return Fe({inputs:{x:C},backend:t,attrs:{shape:k}})}),d=f.map(C=>({vals:t.readSync(C.dataId),shape:C.shape}));s=v.computeOutShape(f.map(C=>C.shape),1);let g=f[0].shape[0]===1,h=bi(d,s,e[0].dtype,g),x=v.computeOutShape(a.map(C=>C.shape),n);i.shape=x;let b=t.dataIdMap.get(i.dataId);return b.stringBytes=v.fromStringArrayToUint8(h),f.forEach(C=>t.disposeData(C.dataId)),i}let u=y.sizeFromShape(a[0].shape.slice(0,n)),l=0,p=a.map(f=>{let d=y.sizeFromShape(f.shape.slice(n));return l+=d,d}),c=a.map(f=>t.typedArrayFromHeap(f)),m=t.typedArrayFromHeap(i);for(let f=0;f<u;f++){let d=f*l;for(let g=0;g<c.length;g++){let h=p[g],x=f*h,b=c[g].subarray(x,x+h);m.set(b,d),d+=h}}return i}var tC={kernelName:es,backendName:"wasm",kernelFunc:Kf};var rC;function WB(r){rC=r.wasm.cwrap(kn,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function zB(r){let{inputs:e,attrs:t,backend:n}=r,{x:o,filter:s}=e,a=n.dataIdMap.get(o.dataId).id,i=n.dataIdMap.get(s.dataId).id,{strides:u,dilations:l,pad:p,dimRoundingMode:c,dataFormat:m}=t,f=v.convertConv2DDataFormat(m),d=v.computeConv2DInfo(o.shape,s.shape,u,l,p,c,!1,f),g=d.filterHeight,h=d.filterWidth,x=d.padInfo.top,b=d.padInfo.right,C=d.padInfo.bottom,E=d.padInfo.left,k=d.dilationHeight,A=d.dilationWidth,R=d.strideHeight,F=d.strideWidth,D=d.inChannels,L=d.outChannels,z=d.padInfo.type==="SAME"?1:0;if(d.dataFormat!=="channelsLast")throw new Error(`wasm backend Conv2D does not support dataFormat:'${d.dataFormat}'. Please use 'channelsLast'.`);let j=n.makeOutput(d.outShape,"float32"),te=n.dataIdMap.get(j.dataId).id;return rC(a,o.shape[0],o.shape[1],o.shape[2],i,g,h,x,b,C,E,z,k,A,R,F,D,L,te),j}var nC={kernelName:kn,backendName:"wasm",setupFunc:WB,kernelFunc:zB};var oC;function KB(r){oC=r.wasm.cwrap(An,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function HB(r){let{inputs:e,backend:t,attrs:n}=r,{x:o,filter:s}=e,{strides:a,pad:i,dilations:u}=n;if(o.dtype!=="float32")throw new Error(`Tensor x must have dtype float32, got ${o.dtype}`);if(s.dtype!=="float32")throw new Error(`Tensor filter must have dtype float32, got ${s.dtype}`);let l=v.computeConv3DInfo(o.shape,s.shape,a,u,i),p=t.makeOutput(l.outShape,o.dtype);return oC(t.dataIdMap.get(o.dataId).id,t.dataIdMap.get(s.dataId).id,t.dataIdMap.get(p.dataId).id,l.batchSize,l.inDepth,l.inHeight,l.inWidth,l.inChannels,l.outDepth,l.outHeight,l.outWidth,l.outChannels,l.strideDepth,l.strideHeight,l.strideWidth,l.dilationDepth,l.dilationHeight,l.dilationWidth,l.filterDepth,l.filterHeight,l.filterWidth,l.padInfo.front,l.padInfo.top,l.padInfo.left),p}var sC={kernelName:An,backendName:"wasm",setupFunc:KB,kernelFunc:HB};var aC=V("Cos");var iC=V(ts);var Hf;(function(r){r[r.bilinear=0]="bilinear",r[r.nearest=1]="nearest"})(Hf||(Hf={}));var uC;function qB(r){uC=r.wasm.cwrap(Fn,null,["number","number","number","number","array","number","number","number","number","number"])}function jB(r){let{backend:e,inputs:t,attrs:n}=r,{method:o,extrapolationValue:s,cropSize:a}=n,{image:i,boxes:u,boxInd:l}=t,p=u.shape[0],[c,m]=a,f=[p,c,m,i.shape[3]],d=e.dataIdMap.get(i.dataId),g;i.dtype!=="float32"&&(g=jt({backend:e,inputs:{x:i},attrs:{dtype:"float32"}}),d=e.dataIdMap.get(g.dataId));let h=d.id,x=e.dataIdMap.get(u.dataId).id,b=e.dataIdMap.get(l.dataId).id,C=e.makeOutput(f,"float32"),E=e.dataIdMap.get(C.dataId).id,k=new Uint8Array(new Int32Array(i.shape).buffer);return uC(h,x,b,p,k,c,m,Hf[o],s,E),g!=null&&e.disposeData(g.dataId),C}var lC={kernelName:Fn,backendName:"wasm",setupFunc:qB,kernelFunc:jB};var pC;function XB(r){pC=r.wasm.cwrap($n,null,["number","number","number","number","number","number"])}function YB(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{axis:s,exclusive:a,reverse:i}=n,u=o.shape.length;y.assert(o.dtype==="float32"||o.dtype==="int32",()=>`cumprod does not support ${o.dtype} tensors in the WASM backend`);let l=v.getAxesPermutation([s],u),p=o;l!==null&&(p=At({inputs:{x:o},attrs:{perm:l},backend:t}));let c=v.getInnerMostAxes(1,u)[0];v.assertAxesAreInnerMostDims("cumprod",[c],u);let m=t.makeOutput(p.shape,p.dtype),f=p.shape[c],d=t.dataIdMap.get(p.dataId).id,g=t.dataIdMap.get(m.dataId).id;pC(d,a?1:0,i?1:0,f,g,Y[o.dtype]);let h=m;if(l!==null){let x=v.getUndoAxesPermutation(l);h=At({inputs:{x:m},attrs:{perm:x},backend:t}),t.disposeData(p.dataId),t.disposeData(m.dataId)}return h}var cC={kernelName:$n,backendName:"wasm",setupFunc:XB,kernelFunc:YB};var mC;function QB(r){mC=r.wasm.cwrap(Rn,null,["number","number","number","number","number","number"])}function ZB(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{axis:s,exclusive:a,reverse:i}=n,u=o.shape.length;y.assert(o.dtype==="float32"||o.dtype==="int32",()=>`cumsum does not support ${o.dtype} tensors in the WASM backend`);let l=v.getAxesPermutation([s],u),p=o;l!==null&&(p=At({inputs:{x:o},attrs:{perm:l},backend:t}));let c=v.getInnerMostAxes(1,u)[0];v.assertAxesAreInnerMostDims("cumsum",[c],u);let m=t.makeOutput(p.shape,p.dtype),f=p.shape[c],d=t.dataIdMap.get(p.dataId).id,g=t.dataIdMap.get(m.dataId).id;mC(d,a?1:0,i?1:0,f,g,Y[o.dtype]);let h=m;if(l!==null){let x=v.getUndoAxesPermutation(l);h=At({inputs:{x:m},attrs:{perm:x},backend:t}),t.disposeData(p.dataId),t.disposeData(m.dataId)}return h}var fC={kernelName:Rn,backendName:"wasm",setupFunc:QB,kernelFunc:ZB};var dC;function JB(r){dC=r.wasm.cwrap(Dn,null,["number","number","number","array","number","array","array","number","number"])}function eL(r){let{backend:e,inputs:t,attrs:n}=r,{x:o}=t,{blockSize:s,dataFormat:a}=n,i=o.shape[0],u=a==="NHWC"?o.shape[1]:o.shape[2],l=a==="NHWC"?o.shape[2]:o.shape[3],p=a==="NHWC"?o.shape[3]:o.shape[1],c=u*s,m=l*s,f=p/(s*s),d=a==="NHWC"?[i,c,m,f]:[i,f,c,m],g=e.makeOutput(d,"float32"),x=e.dataIdMap.get(o.dataId).id,b=new Uint8Array(new Int32Array(y.computeStrides(o.shape)).buffer),C=new Uint8Array(new Int32Array(d).buffer),E=new Uint8Array(new Int32Array(y.computeStrides(d)).buffer),k=e.dataIdMap.get(g.dataId).id;return dC(x,s,a==="NHWC"?1:0,b,o.shape.length-1,C,E,d.length,k),g}var hC={kernelName:Dn,backendName:"wasm",setupFunc:JB,kernelFunc:eL};var gC;function tL(r){gC=r.wasm.cwrap(On,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function rL(r){let{inputs:e,attrs:t,backend:n}=r,{x:o,filter:s}=e,a=n.dataIdMap.get(o.dataId).id,i=n.dataIdMap.get(s.dataId).id,{strides:u,dilations:l,pad:p,dimRoundingMode:c}=t,m=l??[1,1],f=v.computeConv2DInfo(o.shape,s.shape,u,m,p,c,!0),d=f.filterHeight,g=f.filterWidth,h=f.padInfo.top,x=f.padInfo.right,b=f.padInfo.bottom,C=f.padInfo.left,E=f.dilationHeight,k=f.dilationWidth,A=f.strideHeight,R=f.strideWidth,F=f.inChannels,D=f.outChannels,L=f.padInfo.type==="SAME"?1:0;if(f.dataFormat!=="channelsLast")throw new Error(`wasm backend DepthwiseConv2dNative does not support dataFormat:'${f.dataFormat}'. Please use 'channelsLast'.`);let z=n.makeOutput(f.outShape,"float32"),j=n.dataIdMap.get(z.dataId).id;return gC(a,o.shape[0],o.shape[1],o.shape[2],i,d,g,h,x,b,C,L,E,k,A,R,F,D,j),z}var xC={kernelName:On,backendName:"wasm",setupFunc:tL,kernelFunc:rL};var yC;function nL(r){yC=r.wasm.cwrap(Pn,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function oL(r){let{inputs:e,backend:t,attrs:n}=r,{x:o,filter:s}=e,{strides:a,pad:i,dilations:u}=n;if(o.dtype!==s.dtype)throw new Error(`Dilation2D error: x must have the same dtype as filter. Got ${o.dtype} and ${s.dtype}`);let l=v.computeDilation2DInfo(o.shape,s.shape,a,i,"NHWC",u),p=t.makeOutput(l.outShape,o.dtype);return yC(t.dataIdMap.get(o.dataId).id,t.dataIdMap.get(s.dataId).id,t.dataIdMap.get(p.dataId).id,Y[o.dtype],l.batchSize,l.inChannels,l.inHeight,l.inWidth,l.outHeight,l.outWidth,l.strideHeight,l.strideWidth,l.dilationHeight,l.dilationWidth,l.filterHeight,l.filterWidth,l.padInfo.top,l.padInfo.left),p}var bC={kernelName:Pn,backendName:"wasm",setupFunc:nL,kernelFunc:oL};var wC=V("Elu");var sL=!1,NC=Z(Fr,sL,"bool");var IC=V("Erf");var CC=V("Exp","float32");function jl(r){let{inputs:e,attrs:t,backend:n}=r,{input:o}=e,{dim:s}=t,a=o.shape.length,i=o.shape.slice(),u=s;return s<0&&(y.assert(-(a+1)<=s,()=>`Axis must be in the interval [${-(a+1)}, ${a}]`),u=a+s+1),i.splice(u,0,1),Fe({inputs:{x:o},backend:n,attrs:{shape:i}})}var vC={kernelName:ns,backendName:"wasm",kernelFunc:jl};var SC=V(Dr,"float32");function qf(r){let{attrs:{shape:e,value:t},backend:n}=r,{attrs:{dtype:o}}=r;o=o||y.inferDtype(t);let s=n.makeOutput(e,o);return n.typedArrayFromHeap(s).fill(t),s}var TC={kernelName:os,backendName:"wasm",kernelFunc:qf};var EC=V(Or);var aL=!1,_C=Z(Pr,aL);var kC;function iL(r){kC=r.wasm.cwrap(Bn,null,["number","number","number","number","number","number","number"])}function uL(r){let{backend:e,inputs:t,attrs:n}=r,{varianceEpsilon:o}=n,{x:s,mean:a,variance:i,offset:u,scale:l}=t,p=e.dataIdMap.get(s.dataId).id,c=e.dataIdMap.get(a.dataId).id,m=e.dataIdMap.get(i.dataId).id,f=u!=null?e.dataIdMap.get(u.dataId).id:0,d=l!=null?e.dataIdMap.get(l.dataId).id:0,g=e.makeOutput(s.shape,s.dtype);if(y.sizeFromShape(s.shape)===0)return g;let h=e.dataIdMap.get(g.dataId).id;return kC(p,c,m,f,d,o,h),g}var AC={kernelName:Bn,backendName:"wasm",setupFunc:iL,kernelFunc:uL};var $C;function lL(r){$C=r.wasm.cwrap(Qr,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function pL(r){let{inputs:e,attrs:t,backend:n}=r,{x:o,filter:s,bias:a,preluActivationWeights:i}=e,{strides:u,pad:l,dilations:p,dataFormat:c,dimRoundingMode:m,activation:f,leakyreluAlpha:d}=t,g=v.computeConv2DInfo(o.shape,s.shape,u,p,l,m),h=hn[f];if(h==null)throw new Error(`${f} activation not yet supported for FusedConv2D in the wasm backend.`);let x=n.dataIdMap.get(o.dataId).id,b=n.dataIdMap.get(s.dataId).id,C=g.outChannels,E=0;if(a!=null){let Qe=n.dataIdMap.get(a.dataId);if(Qe.shape.length!==1)throw new Error(`FusedConv2D only supports rank-1 bias but got rank ${Qe.shape.length}.`);if(Qe.shape[0]!==C)throw new Error(`FusedConv2D bias shape (${Qe.shape}) does not match the number of output channels (${C})`);E=Qe.id}let k=g.filterHeight,A=g.filterWidth,R=g.padInfo.top,F=g.padInfo.right,D=g.padInfo.bottom,L=g.padInfo.left,z=g.dilationHeight,j=g.dilationWidth,te=g.strideHeight,pe=g.strideWidth,ce=g.inChannels,Le=g.padInfo.type==="SAME"?1:0,Te=g.batchSize,we=g.inHeight,Pe=g.inWidth;if(c!=="NHWC")throw new Error(`wasm backend FusedConv2D does not support dataFormat:'${c}'. Please use 'NHWC'.`);let Ye=n.makeOutput(g.outShape,"float32"),St=n.dataIdMap.get(Ye.dataId).id,ut=i==null?0:n.dataIdMap.get(i.dataId).id;return $C(x,Te,we,Pe,b,k,A,E,R,F,D,L,Le,z,j,te,pe,ce,C,h,ut,d||0,St),Ye}var RC={kernelName:Qr,backendName:"wasm",setupFunc:lL,kernelFunc:pL};var FC;function cL(r){FC=r.wasm.cwrap(Zr,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function mL(r){let{inputs:e,attrs:t,backend:n}=r,{x:o,filter:s,bias:a,preluActivationWeights:i}=e,{strides:u,pad:l,dilations:p,dataFormat:c,dimRoundingMode:m,activation:f,leakyreluAlpha:d}=t,g=v.computeConv2DInfo(o.shape,s.shape,u,p,l,m,!0),h=hn[f];if(h==null)throw new Error(`${f} activation not yet supported for FusedDepthwiseConv2D in the wasm backend.`);let x=n.dataIdMap.get(o.dataId).id,b=n.dataIdMap.get(s.dataId).id,C=g.outChannels,E=0;if(a!=null){let Qe=n.dataIdMap.get(a.dataId);if(Qe.shape.length!==1)throw new Error(`FusedDepthwiseConv2D only supports rank-1 bias but got rank ${Qe.shape.length}.`);if(Qe.shape[0]!==C)throw new Error(`FusedDepthwiseConv2D bias shape (${Qe.shape}) does not match the number of output channels (${C})`);E=Qe.id}let k=g.filterHeight,A=g.filterWidth,R=g.padInfo.top,F=g.padInfo.right,D=g.padInfo.bottom,L=g.padInfo.left,z=g.dilationHeight,j=g.dilationWidth,te=g.strideHeight,pe=g.strideWidth,ce=g.inChannels,Le=g.padInfo.type==="SAME"?1:0,Te=g.batchSize,we=g.inHeight,Pe=g.inWidth;if(c!=="NHWC")throw new Error(`wasm backend FusedDepthwiseConv2D does not support dataFormat:'${c}'. Please use 'NHWC'.`);let Ye=n.makeOutput(g.outShape,"float32"),St=n.dataIdMap.get(Ye.dataId).id,ut=i==null?0:n.dataIdMap.get(i.dataId).id;return FC(x,Te,we,Pe,b,k,A,E,R,F,D,L,Le,z,j,te,pe,ce,C,h,ut,d||0,St),Ye}var DC={kernelName:Zr,backendName:"wasm",setupFunc:cL,kernelFunc:mL};var OC;function fL(r){OC=r.wasm.cwrap(Ln,null,["number","number","number","number","number","number","array","number"])}function dL(r){let{backend:e,inputs:t}=r,{params:n,indices:o}=t,[s,a,i,u]=Bu.prepareAndValidate(n,o),l=e.makeOutput(s,n.dtype);if(a===0)return l;let p=o.shape,c=p[p.length-1],f=e.dataIdMap.get(n.dataId).id,g=e.dataIdMap.get(o.dataId).id,h=new Uint8Array(new Int32Array(u).buffer),x=e.dataIdMap.get(l.dataId).id;return OC(f,Y[n.dtype],g,a,c,i,h,x),l}var PC={kernelName:Ln,backendName:"wasm",setupFunc:fL,kernelFunc:dL};var BC;function hL(r){BC=r.wasm.cwrap("Gather",null,["number","number","array","number","number","number","array","number"])}function gL(r){let{backend:e,inputs:t,attrs:n}=r,{x:o,indices:s}=t,{axis:a,batchDims:i}=n,u=y.parseAxisParam(a,o.shape)[0],l=e.readSync(s.dataId),p=o.shape[u];for(let D=0;D<l.length;++D){let L=l[D];y.assert(L<=p-1&&L>=0,()=>`GatherV2: the index value ${L} is not in [0, ${p-1}]`)}let c=v.segment_util.collectGatherOpShapeInfo(o,s,u,i),m=Fe({inputs:{x:o},attrs:{shape:[c.batchSize,c.outerSize,c.dimSize,c.sliceSize]},backend:e}),f=y.sizeFromShape(s.shape),d=Fe({inputs:{x:s},attrs:{shape:[c.batchSize,f/c.batchSize]},backend:e}),g=[c.batchSize,c.outerSize,f/c.batchSize,c.sliceSize],h=e.makeOutput(g,o.dtype);if(y.sizeFromShape(o.shape)===0)return h;let x=m.shape.length-1,C=e.dataIdMap.get(m.dataId).id,k=e.dataIdMap.get(d.dataId).id,A=e.dataIdMap.get(h.dataId).id,R=new Uint8Array(new Int32Array(y.computeStrides(m.shape)).buffer),F=new Uint8Array(new Int32Array(y.computeStrides(g)).buffer);return BC(C,Y[o.dtype],R,x,k,c.batchSize,F,A),e.disposeData(m.dataId),e.disposeData(d.dataId),h.shape=c.outputShape,h}var LC={kernelName:ss,backendName:"wasm",setupFunc:hL,kernelFunc:gL};var xL=!1,MC=Z(Br,xL,"bool");var yL=!1,UC=Z(Lr,yL,"bool");var VC=V(as,"bool");var GC=V(is,"bool");var WC=V(us,"bool");var zC;function bL(r){zC=r.wasm.cwrap(Mn,null,["number","number","number","number"])}function wL(r){let{inputs:{x:e},attrs:{alpha:t},backend:n}=r,o=n.dataIdMap.get(e.dataId).id,s=n.makeOutput(e.shape,"float32");if(y.sizeFromShape(e.shape)!==0){let a=n.dataIdMap.get(s.dataId).id;zC(o,Y[e.dtype],t,a)}return s}var KC={kernelName:Mn,backendName:"wasm",setupFunc:bL,kernelFunc:wL};var NL=!1,HC=Z(Mr,NL,"bool");var IL=!1,qC=Z(Ur,IL,"bool");var jC;function CL(r){jC=r.wasm.cwrap(Un,null,["number","number","number","number"])}function vL(r){let{attrs:e,backend:t}=r,{start:n,stop:o,num:s}=e,a=Math.floor(s),i=t.makeOutput([a],"float32");return jC(t.dataIdMap.get(i.dataId).id,n,o,a),i}var XC={kernelName:Un,backendName:"wasm",setupFunc:CL,kernelFunc:vL};var YC=V("Log");var QC=V(ls);var SL=!1,ZC=Z(ps,SL,"bool");var JC=V(cs);var TL=!1,ev=Z(ms,TL,"bool");var tv;function EL(r){tv=r.wasm.cwrap("LRN",null,["number","number","number","number","number","number","number"])}function _L(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{depthRadius:s,bias:a,alpha:i,beta:u}=n;if(o.dtype!=="float32")throw new Error("LRN error: x must have dtype float32");let l=t.makeOutput(o.shape,o.dtype);return tv(t.dataIdMap.get(o.dataId).id,t.dataIdMap.get(l.dataId).id,o.shape[3],s,a,i,u),l}var rv={kernelName:"LRN",backendName:"wasm",setupFunc:EL,kernelFunc:_L};var nv;function kL(r){nv=r.wasm.cwrap("Max",null,["number","number","number","number"])}function AL(r){let{backend:e,inputs:t,attrs:n}=r,{reductionIndices:o,keepDims:s}=n,{x:a}=t,u=e.dataIdMap.get(a.dataId).id,l=a,{transposed:p,axes:c,originalAxes:m,inputWasTransposed:f}=at(a,o,e);if(f){let C=e.dataIdMap.get(p.dataId).id;l=p,u=C}let d=l.shape.length;v.assertAxesAreInnerMostDims("max",c,d);let[g,h]=v.computeOutAndReduceShapes(l.shape,c),x=y.sizeFromShape(h),b=e.makeOutput(g,a.dtype);if(y.sizeFromShape(l.shape)!==0){let C=e.dataIdMap.get(b.dataId).id;nv(u,Y[a.dtype],x,C)}if(f&&e.disposeData(p.dataId),s){let C=v.expandShapeToKeepDim(b.shape,m);b.shape=C}return b}var ov={kernelName:"Max",backendName:"wasm",setupFunc:kL,kernelFunc:AL};var $L=!1,sv=Z(Vr,$L);var av;function RL(r){av=r.wasm.cwrap(Vn,null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function FL(r){let{inputs:e,attrs:t,backend:n}=r,o=e.x,s=n.dataIdMap.get(o.dataId).id;y.assert(o.dtype==="float32",()=>`Error in MaxPool: only float32 input is supported. Got ${o.dtype}.`);let{filterSize:a,strides:i,pad:u,dimRoundingMode:l}=t,p=v.computePool2DInfo(o.shape,a,i,1,u,l),c=p.filterHeight,m=p.filterWidth,f=p.padInfo.top,d=p.padInfo.right,g=p.padInfo.bottom,h=p.padInfo.left,x=p.dilationHeight,b=p.dilationWidth,C=p.strideHeight,E=p.strideWidth,k=p.inChannels,A=p.outChannels;if(p.dataFormat!=="channelsLast")throw new Error(`wasm backend does not support dataFormat:'${p.dataFormat}'. Please use 'channelsLast'.`);let R=n.makeOutput(p.outShape,"float32"),F=n.dataIdMap.get(R.dataId).id;return av(s,o.shape[0],o.shape[1],o.shape[2],c,m,f,d,g,h,x,b,C,E,k,A,F),R}var iv={kernelName:Vn,backendName:"wasm",setupFunc:RL,kernelFunc:FL};var uv;function DL(r){uv=r.wasm.cwrap("MaxPool3D",null,["number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function OL(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{filterSize:s,strides:a,pad:i,dimRoundingMode:u,dataFormat:l}=n,p=v.computePool3DInfo(o.shape,s,a,1,i,u,l),c=t.makeOutput(p.outShape,o.dtype);return uv(t.dataIdMap.get(o.dataId).id,t.dataIdMap.get(c.dataId).id,p.batchSize,p.inChannels,p.inDepth,p.inHeight,p.inWidth,p.outDepth,p.outHeight,p.outWidth,p.strideDepth,p.strideHeight,p.strideWidth,p.dilationDepth,p.dilationHeight,p.dilationWidth,p.effectiveFilterDepth,p.effectiveFilterHeight,p.effectiveFilterWidth,p.padInfo.front,p.padInfo.top,p.padInfo.left),c}var lv={kernelName:fs,backendName:"wasm",setupFunc:DL,kernelFunc:OL};var pv;function PL(r){pv=r.wasm.cwrap("MaxPoolWithArgmax",null,["number","number","number","number","boolean","number","number","number","number","number","number","number","number","number","number","number","number","number","number"])}function BL(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{filterSize:s,strides:a,pad:i,includeBatchInIndex:u}=n;y.assert(o.shape.length===4,()=>`Error in maxPool: input must be rank 4 but got rank ${o.shape.length}.`);let l=[1,1];y.assert(v.eitherStridesOrDilationsAreOne(a,l),()=>`Error in maxPool: Either strides or dilations must be 1. Got strides ${a} and dilations '${l}'`);let p=v.computePool2DInfo(o.shape,s,a,[1,1],i),c=t.makeOutput(p.outShape,o.dtype),m=t.makeOutput(p.outShape,"int32");return pv(t.dataIdMap.get(o.dataId).id,t.dataIdMap.get(c.dataId).id,t.dataIdMap.get(m.dataId).id,Y[o.dtype],u,p.batchSize,p.inChannels,p.inHeight,p.inWidth,p.outHeight,p.outWidth,p.strideHeight,p.strideWidth,p.dilationHeight,p.dilationWidth,p.effectiveFilterHeight,p.effectiveFilterWidth,p.padInfo.top,p.padInfo.left),[c,m]}var cv={kernelName:ds,backendName:"wasm",setupFunc:PL,kernelFunc:BL};var mv;function LL(r){mv=r.wasm.cwrap(Gn,null,["number, number, number"])}function ML(r){let{backend:e,inputs:t,attrs:n}=r,{axis:o,keepDims:s}=n,{x:a}=t,i=e.dataIdMap.get(a.dataId).id,u=i,l=a,{transposed:p,axes:c,originalAxes:m,inputWasTransposed:f}=at(a,o,e),d=c;if(f){let E=e.dataIdMap.get(p.dataId).id;E!==i&&(l=p,u=E,d=v.getInnerMostAxes(d.length,l.shape.length))}v.assertAxesAreInnerMostDims("mean",d,l.shape.length);let[g,h]=v.computeOutAndReduceShapes(l.shape,d),x=y.sizeFromShape(h),b=l;l.dtype!=="float32"&&(b=jt({backend:e,inputs:{x:l},attrs:{dtype:"float32"}}),u=e.dataIdMap.get(b.dataId).id);let C=e.makeOutput(g,"float32");if(y.sizeFromShape(l.shape)!==0){let E=e.dataIdMap.get(C.dataId).id;mv(u,x,E)}if(f&&e.disposeData(p.dataId),s){let E=v.expandShapeToKeepDim(C.shape,m);C.shape=E}return l.dtype!=="float32"&&e.disposeData(b.dataId),C}var fv={kernelName:Gn,backendName:"wasm",setupFunc:LL,kernelFunc:ML};var dv;function UL(r){dv=r.wasm.cwrap("Min",null,["number","number","number","number"])}function VL(r){let{backend:e,inputs:t,attrs:n}=r,{axis:o,keepDims:s}=n,{x:a}=t,i=e.dataIdMap.get(a.dataId).id,u=i,l=a,{transposed:p,axes:c,originalAxes:m,inputWasTransposed:f}=at(a,o,e);if(f){let C=e.dataIdMap.get(p.dataId).id;C!==i&&(l=p,u=C)}let d=l.shape.length;v.assertAxesAreInnerMostDims("min",c,d);let[g,h]=v.computeOutAndReduceShapes(l.shape,c),x=y.sizeFromShape(h),b=e.makeOutput(g,l.dtype);if(y.sizeFromShape(l.shape)!==0){let C=e.dataIdMap.get(b.dataId).id;dv(u,Y[a.dtype],x,C)}if(f&&e.disposeData(p.dataId),s){let C=v.expandShapeToKeepDim(b.shape,m);b.shape=C}return b}var hv={kernelName:"Min",backendName:"wasm",setupFunc:UL,kernelFunc:VL};var GL=!1,gv=Z(Gr,GL);var jf;(function(r){r[r.reflect=0]="reflect",r[r.symmetric=1]="symmetric"})(jf||(jf={}));var xv;function WL(r){xv=r.wasm.cwrap(Wn,null,["number","array","number","number","array","array","number","number"])}function zL(r){let{inputs:{x:e},backend:t,attrs:{paddings:n,mode:o}}=r,s=n.map((d,g)=>d[0]+e.shape[g]+d[1]),a=t.dataIdMap.get(e.dataId).id,i=t.makeOutput(s,e.dtype),u=t.dataIdMap.get(i.dataId).id,l=new Uint8Array(new Int32Array(e.shape).buffer),p=n.map(d=>d[0]),c=n.map(d=>d[1]),m=new Uint8Array(new Int32Array(p).buffer),f=new Uint8Array(new Int32Array(c).buffer);return xv(a,l,e.shape.length,Y[e.dtype],m,f,jf[o],u),i}var yv={kernelName:Wn,backendName:"wasm",kernelFunc:zL,setupFunc:WL};var bv=Z("Mod",!0);var KL=!0,wv=Z(Wr,KL);var Nv=V("Neg");var HL=!1,Iv=Z(zr,HL,"bool");var Cv;function qL(r){Cv=r.wasm.cwrap(zn,null,["number","number","number","number","number"])}function jL(r){let{inputs:e,backend:t,attrs:n}=r,{indices:o}=e,{dtype:s,depth:a,onValue:i,offValue:u}=n,l=t.makeOutput([...o.shape,a],s),p=t.dataIdMap.get(l.dataId).id,m=t.dataIdMap.get(o.dataId).id;return Cv(m,a,i,u,p),l}var vv={kernelName:zn,backendName:"wasm",setupFunc:qL,kernelFunc:jL};function XL(r){let{inputs:{x:e},backend:t}=r,n=t.makeOutput(e.shape,e.dtype);return t.typedArrayFromHeap(n).fill(1),n}var Sv={kernelName:hs,backendName:"wasm",kernelFunc:XL};function YL(r){let{inputs:e,backend:t,attrs:n}=r,{axis:o}=n;if(e.length===1)return jl({inputs:{input:e[0]},backend:t,attrs:{dim:o}});let s=e[0].shape,a=e[0].dtype;e.forEach(p=>{y.assertShapesMatch(s,p.shape,"All tensors passed to stack must have matching shapes"),y.assert(a===p.dtype,()=>"All tensors passed to stack must have matching dtypes")});let i=[],u=e.map(p=>{let c=jl({inputs:{input:p},backend:t,attrs:{dim:o}});return i.push(c),c}),l=Kf({inputs:u,backend:t,attrs:{axis:o}});return i.forEach(p=>t.disposeData(p.dataId)),l}var Tv={kernelName:gs,backendName:"wasm",kernelFunc:YL};var Ev;function QL(r){Ev=r.wasm.cwrap(Kn,null,["number","array","number","number","array","array","number","number"])}function ZL(r){let{inputs:{x:e},backend:t,attrs:{paddings:n,constantValue:o}}=r,s=n.map((g,h)=>g[0]+e.shape[h]+g[1]);if(y.sizeFromShape(e.shape)===0)return qf({backend:t,attrs:{shape:s,value:o,dtype:e.dtype}});let a=t.dataIdMap.get(e.dataId).id,i=t.makeOutput(s,e.dtype),l=t.dataIdMap.get(i.dataId).id,p=new Uint8Array(new Int32Array(e.shape).buffer),c=n.map(g=>g[0]),m=n.map(g=>g[1]),f=new Uint8Array(new Int32Array(c).buffer),d=new Uint8Array(new Int32Array(m).buffer);return Ev(a,p,e.shape.length,Y[e.dtype],f,d,o,l),i}var Xl={kernelName:Kn,backendName:"wasm",kernelFunc:ZL,setupFunc:QL};var JL=!1,_v=Z("Pow",JL);var kv;function eM(r){kv=r.wasm.cwrap(Hn,null,["number","number","number"])}function tM(r){let{inputs:e,backend:t}=r,{x:n,alpha:o}=e,s=t.dataIdMap.get(n.dataId).id,a=t.dataIdMap.get(o.dataId).id,i=s,u=n,l=u;u.dtype!=="float32"&&(l=jt({backend:t,inputs:{x:n},attrs:{dtype:"float32"}}),i=t.dataIdMap.get(l.dataId).id);let p=t.makeOutput(n.shape,"float32"),c=t.dataIdMap.get(p.dataId).id;return kv(i,a,c),u.dtype!=="float32"&&t.disposeData(l.dataId),p}var Av={kernelName:Hn,backendName:"wasm",setupFunc:eM,kernelFunc:tM};var $v;function rM(r){$v=r.wasm.cwrap(Kr,null,["number","number","number","number"])}function nM(r){let{backend:e,inputs:t,attrs:n}=r,{axis:o,keepDims:s}=n,{x:a}=t,i=e.dataIdMap.get(a.dataId).id,u=i,l=a,{transposed:p,axes:c,originalAxes:m,inputWasTransposed:f}=at(a,o,e),d=c;if(f){let C=e.dataIdMap.get(p.dataId).id;C!==i&&(l=p,u=C,d=v.getInnerMostAxes(d.length,l.shape.length))}v.assertAxesAreInnerMostDims("prod",d,l.shape.length);let[g,h]=v.computeOutAndReduceShapes(l.shape,d),x=y.sizeFromShape(h),b=e.makeOutput(g,l.dtype);if(y.sizeFromShape(l.shape)!==0){let C=e.dataIdMap.get(b.dataId).id;$v(u,x,Y[b.dtype],C)}if(f&&e.disposeData(p.dataId),s){let C=v.expandShapeToKeepDim(b.shape,m);b.shape=C}return b}var Rv={kernelName:Kr,backendName:"wasm",setupFunc:rM,kernelFunc:nM};var oM=r=>{let{backend:e,attrs:t}=r,{start:n,stop:o,step:s,dtype:a}=t,i=Ni(n,o,s,a),u=e.makeOutput([i.length],a);return e.typedArrayFromHeap(u).set(i),u},Fv={kernelName:xs,backendName:"wasm",kernelFunc:oM};var sM=!0,Dv=Z(rs,sM);var Ov=V(ys);var Pv=V(bs);var Bv=V(Ns);var Lv;function aM(r){Lv=r.wasm.cwrap(jn,null,["number","number","number","number","number","number","number","number","number","number"])}function iM(r){let{backend:e,inputs:t,attrs:n}=r,{images:o}=t,{alignCorners:s,halfPixelCenters:a,size:i}=n,[u,l]=i,[p,c,m,f]=o.shape,d=[p,u,l,f],g=e.dataIdMap.get(o.dataId),h;g.dtype!=="float32"&&(h=jt({backend:e,inputs:{x:o},attrs:{dtype:"float32"}}),g=e.dataIdMap.get(h.dataId));let x=g.id,b=e.makeOutput(d,"float32");if(y.sizeFromShape(o.shape)===0)return b;let C=e.dataIdMap.get(b.dataId).id;return Lv(x,p,c,m,f,u,l,s?1:0,a?1:0,C),h!=null&&e.disposeData(h.dataId),b}var Mv={kernelName:jn,backendName:"wasm",setupFunc:aM,kernelFunc:iM};var Uv;function uM(r){Uv=r.wasm.cwrap(qn,null,["number","number","number","number","number","number","number","number","number","number"])}function lM(r){let{backend:e,inputs:t,attrs:n}=r,{images:o}=t,{alignCorners:s,halfPixelCenters:a,size:i}=n,[u,l]=i,[p,c,m,f]=o.shape,d=[p,u,l,f],g=e.makeOutput(d,"float32");if(y.sizeFromShape(o.shape)===0)return g;let h=e.dataIdMap.get(o.dataId),x;h.dtype!=="float32"&&(x=jt({backend:e,inputs:{x:o},attrs:{dtype:"float32"}}),h=e.dataIdMap.get(x.dataId));let b=h.id,C=e.dataIdMap.get(g.dataId).id;return Uv(b,p,c,m,f,u,l,s?1:0,a?1:0,C),x!=null&&e.disposeData(x.dataId),g}var Vv={kernelName:qn,backendName:"wasm",setupFunc:uM,kernelFunc:lM};var Gv;function pM(r){Gv=r.wasm.cwrap(Xn,null,["number","array","number","array","number","number"])}function cM(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{dims:s}=n,a=y.parseAxisParam(s,o.shape);if(o.shape.length===0)return Ro({inputs:{x:o},backend:t});let i=t.makeOutput(o.shape,o.dtype),u=t.dataIdMap.get(o.dataId).id,l=t.dataIdMap.get(i.dataId).id,p=new Uint8Array(new Int32Array(a).buffer),c=new Uint8Array(new Int32Array(o.shape).buffer);Gv(u,p,a.length,c,o.shape.length,l);let m=Fe({inputs:{x:i},attrs:{shape:o.shape},backend:t});return t.disposeData(i.dataId),m}var Wv={kernelName:Xn,backendName:"wasm",kernelFunc:cM,setupFunc:pM};var zv=V(Is);var Kv=V(Hr);var Hv;function mM(r){Hv=r.wasm.cwrap(Yn,null,["number","number","number","number","number","number","array","number","number"])}function fM(r){let{backend:e,inputs:t,attrs:n}=r,{indices:o,updates:s}=t,{shape:a}=n,i=e.makeOutput(a,s.dtype);if(y.sizeFromShape(a)===0)return i;let{sliceRank:u,numUpdates:l,sliceSize:p,strides:c,outputSize:m}=ln.calculateShapes(s,o,a),d=e.dataIdMap.get(o.dataId).id,h=e.dataIdMap.get(s.dataId).id,x=new Uint8Array(new Int32Array(c).buffer),b=e.dataIdMap.get(i.dataId).id;return Hv(d,h,Y[s.dtype],u,l,p,x,m,b),i}var qv={kernelName:Yn,backendName:"wasm",setupFunc:mM,kernelFunc:fM};var jv;function dM(r){jv=r.wasm.cwrap("SelectV2",null,["number","number","number","number","number"])}function hM(r){let{inputs:e,backend:t}=r,{condition:n,t:o,e:s}=e,a=t.dataIdMap.get(n.dataId).id,i=t.dataIdMap.get(o.dataId).id,u=t.dataIdMap.get(s.dataId).id,l=t.makeOutput(o.shape,o.dtype),p=t.dataIdMap.get(l.dataId).id,c=n.shape.length,m=o.shape.length,f=c===0||c>1||m===1?1:y.sizeFromShape(o.shape.slice(1));return jv(a,i,u,f,p),l}var Xv={kernelName:Cs,backendName:"wasm",kernelFunc:hM,setupFunc:dM};var Yv=V(vs);var Qv;function gM(r){Qv=r.wasm.cwrap(qr,null,["number","number"])}function xM(r){let{backend:e,inputs:{x:t}}=r,n=e.dataIdMap.get(t.dataId).id,o=e.makeOutput(t.shape,t.dtype),s=e.dataIdMap.get(o.dataId).id;return y.sizeFromShape(o.shape)===0||Qv(n,s),o}var Zv={kernelName:"Sigmoid",backendName:"wasm",setupFunc:gM,kernelFunc:xM};var Jv=V(Ts);var eS=V("Sin");var tS=V(Ss);var rS;function yM(r){rS=r.wasm.cwrap(Jn,null,["number","number","number","number"])}function bM(r){let{backend:e,inputs:{logits:t},attrs:{dim:n}}=r,o=e.dataIdMap.get(t.dataId).id,s=e.makeOutput(t.shape,t.dtype),a=e.dataIdMap.get(s.dataId).id,i=t.shape[n],u=y.sizeFromShape(t.shape)/i;return y.sizeFromShape(s.shape)===0||rS(o,a,i,u),s}var nS={kernelName:Jn,backendName:"wasm",setupFunc:yM,kernelFunc:bM};var oS=V(Es);function wM(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,{blockShape:s,paddings:a}=n,i=y.sizeFromShape(s),u=[[0,0]];u.push(...a);for(let A=1+s.length;A<o.shape.length;++A)u.push([0,0]);let l=Xl.kernelFunc({inputs:{x:o},backend:t,attrs:{paddings:u,constantValue:0}}),p=v.getReshaped(l.shape,s,i,!1),c=v.getPermuted(p.length,s.length,!1),m=v.getReshapedPermuted(l.shape,s,i,!1),g=Fe({inputs:{x:l},backend:t,attrs:{shape:p}}),b=At({inputs:{x:g},backend:t,attrs:{perm:c}}),k=Fe({inputs:{x:b},backend:t,attrs:{shape:m}});return t.disposeData(l.dataId),t.disposeData(g.dataId),t.disposeData(b.dataId),k}var sS={kernelName:_s,backendName:"wasm",kernelFunc:wM};var aS;function NM(r){aS=r.wasm.cwrap(eo,null,["number","number","number","number","number","number","number","number","array","number","number"])}function IM(r){let{backend:e,inputs:t,attrs:n}=r,{sparseIndices:o,sparseValues:s,defaultValue:a}=t,{outputShape:i}=n,u=e.makeOutput(i,a.dtype);if(y.sizeFromShape(i)===0)return u;let{sliceRank:l,numUpdates:p,sliceSize:c,strides:m,outputSize:f}=v.calculateShapes(s,o,i),d=e.dataIdMap.get(o.dataId).id,g=e.dataIdMap.get(s.dataId).id,h=e.dataIdMap.get(a.dataId).id,x=new Uint8Array(new Int32Array(m).buffer),b=e.dataIdMap.get(u.dataId).id;return aS(d,g,s.shape.length,h,Y[a.dtype],l,p,c,x,f,b),u}var iS={kernelName:eo,backendName:"wasm",setupFunc:NM,kernelFunc:IM};function CM(r){let{inputs:e,attrs:t,backend:n}=r,{x:o}=e,{numOrSizeSplits:s,axis:a}=t,i=y.parseAxisParam(a,o.shape)[0],u=v.prepareSplitSize(o,s,i),l=new Array(o.shape.length).fill(0),p=o.shape.slice();return u.map(c=>{let m=[...p];m[i]=c;let f=kr({inputs:{x:o},attrs:{begin:l,size:m},backend:n});return l[i]+=c,f})}var uS={kernelName:ks,backendName:"wasm",kernelFunc:CM};var lS=V(jr);var pS=V(Ki);var vM=!0,cS=Z(Xr,vM);var mS;function SM(r){mS=r.wasm.cwrap(ro,null,["number","number","number","number"])}function TM(r){let{backend:e,inputs:t,attrs:n}=r,{alpha:o}=n,{x:s}=t,a=e.dataIdMap.get(s.dataId).id,i=e.makeOutput(s.shape,s.dtype),u=e.dataIdMap.get(i.dataId).id;return mS(a,o,Y[s.dtype],u),i}var fS={kernelName:ro,backendName:"wasm",setupFunc:SM,kernelFunc:TM};var dS;function EM(r){dS=r.wasm.cwrap(to,null,["number","array","number","array","array","array","array","array","number","number"])}function _M(r){let{backend:e,inputs:t,attrs:n}=r,{x:o}=t,{begin:s,end:a,strides:i,beginMask:u,endMask:l,ellipsisMask:p,newAxisMask:c,shrinkAxisMask:m}=n,{finalShapeSparse:f,finalShape:d,isIdentity:g,sliceDim0:h,isSimpleSlice:x,begin:b,end:C,strides:E}=De.sliceInfo(o.shape,s,a,i,u,l,p,c,m),k;if(g)k=Fe({inputs:{x:o},backend:e,attrs:{shape:d}});else if(h||x){y.assert(o.shape.length>=1,()=>`Input must have rank at least 1, got: ${o.shape.length}`);let A=De.computeOutShape(b,C,E),R=kr({inputs:{x:o},backend:e,attrs:{begin:b,size:A}});k=Fe({inputs:{x:R},backend:e,attrs:{shape:d}}),e.disposeData(R.dataId)}else{let A=e.makeOutput(f,"float32"),R=e.dataIdMap.get(o.dataId).id,F=new Uint8Array(new Int32Array(y.computeStrides(o.shape)).buffer),D=new Uint8Array(new Int32Array(b).buffer),L=new Uint8Array(new Int32Array(C).buffer),z=new Uint8Array(new Int32Array(E).buffer),j=new Uint8Array(new Int32Array(f).buffer),te=new Uint8Array(new Int32Array(y.computeStrides(f)).buffer),pe=e.dataIdMap.get(A.dataId).id;dS(R,F,o.shape.length,D,L,z,j,te,f.length,pe),k=Fe({inputs:{x:A},backend:e,attrs:{shape:d}}),e.disposeData(A.dataId)}return k}var hS={kernelName:to,backendName:"wasm",setupFunc:EM,kernelFunc:_M};var kM=!0,gS=Z("Sub",kM);var xS;function AM(r){xS=r.wasm.cwrap("Sum",null,["number","number","number","number"])}function $M(r){let{backend:e,inputs:t,attrs:n}=r,{axis:o,keepDims:s}=n,{x:a}=t,i=e.dataIdMap.get(a.dataId).id,u=i,l=a,{transposed:p,axes:c,originalAxes:m,inputWasTransposed:f}=at(a,o,e),d=c;if(f){let C=e.dataIdMap.get(p.dataId).id;C!==i&&(l=p,u=C,d=v.getInnerMostAxes(d.length,l.shape.length))}v.assertAxesAreInnerMostDims("sum",d,l.shape.length);let[g,h]=v.computeOutAndReduceShapes(l.shape,d),x=y.sizeFromShape(h),b=e.makeOutput(g,l.dtype);if(y.sizeFromShape(l.shape)!==0){let C=e.dataIdMap.get(b.dataId).id;xS(u,x,Y[b.dtype],C)}if(f&&e.disposeData(p.dataId),s){let C=v.expandShapeToKeepDim(b.shape,m);b.shape=C}return b}var yS={kernelName:"Sum",backendName:"wasm",setupFunc:AM,kernelFunc:$M};var bS=V("Tan");var wS=V(As);var NS;function RM(r){NS=r.wasm.cwrap(Qn,null,["number","number","number","number","number","number","array","number","number","number"])}function FM(r){let{backend:e,inputs:t,attrs:n}=r,{tensor:o,indices:s,updates:a}=t,{}=n,i=e.makeOutput(o.shape,o.dtype);if(y.sizeFromShape(o.shape)===0)return i;let{sliceRank:u,numUpdates:l,sliceSize:p,strides:c,outputSize:m}=ln.calculateShapes(a,s,o.shape),d=e.dataIdMap.get(s.dataId).id,h=e.dataIdMap.get(a.dataId).id,b=e.dataIdMap.get(o.dataId).id,C=new Uint8Array(new Int32Array(c).buffer),E=e.dataIdMap.get(i.dataId).id;return NS(d,h,Y[a.dtype],u,l,p,C,m,E,b),i}var IS={kernelName:Qn,backendName:"wasm",setupFunc:RM,kernelFunc:FM};var CS;function DM(r){CS=r.wasm.cwrap(cr,null,["number","array","number","array","number","number"])}function OM(r){let{inputs:e,backend:t,attrs:n}=r,{x:o}=e,s=t.dataIdMap.get(o.dataId).id,{reps:a}=n,i=new Array(o.shape.length);for(let m=0;m<i.length;m++)i[m]=o.shape[m]*a[m];let u=new Uint8Array(new Int32Array(o.shape).buffer),l=new Uint8Array(new Int32Array(i).buffer),p=t.makeOutput(i,o.dtype),c=t.dataIdMap.get(p.dataId).id;return CS(s,u,o.shape.length,l,i.length,Y[p.dtype],c),p}var vS={kernelName:cr,backendName:"wasm",setupFunc:DM,kernelFunc:OM};function PM(r){let{inputs:e,backend:t,attrs:n}=r,{value:o}=e,{axis:s}=n;s<0&&(s+=o.shape.length);let a=o.shape[s],i=o.shape.length,u=new Array(i-1),l=0;for(let f=0;f<i;f++)f!==s&&(u[l++]=o.shape[f]);let p=new Array(a),c=new Array(i).fill(0),m=o.shape.slice();m[s]=1;for(let f=0;f<p.length;f++)c[s]=f,p[f]=kr({inputs:{x:o},attrs:{begin:c,size:m},backend:t});return p.map(({dataId:f,dtype:d})=>({dataId:f,dtype:d,shape:u}))}var SS={kernelName:$s,backendName:"wasm",kernelFunc:PM};function BM(r){let{inputs:{x:e},backend:t}=r,n=t.makeOutput(e.shape,e.dtype);return t.typedArrayFromHeap(n).fill(0),n}var TS={kernelName:Rs,backendName:"wasm",kernelFunc:BM};[bI,wI,NI,II,CI,SI,AI,RI,FI,DI,OI,PI,BI,LI,MI,VI,WI,HI,jI,XI,YI,QI,ZI,eC,tC,nC,sC,aC,iC,lC,cC,fC,hC,xC,bC,wC,NC,IC,CC,vC,SC,TC,EC,_C,AC,RC,DC,PC,LC,MC,UC,TI,VC,GC,WC,KC,HC,qC,XC,YC,QC,ZC,JC,ev,rv,ov,sv,iv,lv,cv,fv,hv,gv,yv,bv,wv,Nv,Iv,vv,Sv,Tv,Xl,_v,Av,Rv,Fv,Dv,Ov,Pv,Bv,zI,Mv,Vv,Wv,zv,Kv,qv,Xv,Yv,Zv,Jv,eS,tS,qI,nS,oS,sS,iS,uS,lS,pS,cS,fS,hS,gS,yS,bS,wS,IS,vS,_I,SS,TS].forEach(qi);var Xf=_();Xf.registerFlag("WASM_HAS_SIMD_SUPPORT",async()=>{try{return WebAssembly.validate(new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,10,9,1,7,0,65,0,253,15,26,11]))}catch{return!1}});Xf.registerFlag("WASM_HAS_MULTITHREAD_SUPPORT",async()=>{if(Xf.get("IS_NODE"))return!1;try{return new MessageChannel().port1.postMessage(new SharedArrayBuffer(1)),WebAssembly.validate(new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,5,4,1,3,1,1,10,11,1,9,0,65,0,254,16,2,0,26,11]))}catch{return!1}});var Qf={};ue(Qf,{default:()=>Yf,wasmWorkerContents:()=>LM});var LM="",Yf=null;var rd=jd(kS());var AS=Yf||Qf,UM=rd.default||rd,ed=class extends ur{constructor(e){super(),this.wasm=e,this.dataIdNextNumber=1,this.wasm.tfjs.initWithThreadsCount(HM),qM=this.wasm.tfjs.getThreadsCount(),this.dataIdMap=new wn(this,Wt())}write(e,t,n){let o={id:this.dataIdNextNumber++};return this.move(o,e,t,n,1),o}numDataIds(){return this.dataIdMap.numDataIds()}async time(e){let t=y.now();return e(),{kernelMs:y.now()-t}}move(e,t,n,o,s){let a=this.dataIdNextNumber++;if(o==="string"){let p=t;this.dataIdMap.set(e,{id:a,stringBytes:p,shape:n,dtype:o,memoryOffset:null,refCount:s});return}let i=y.sizeFromShape(n),u=i*y.bytesPerElement(o),l=this.wasm._malloc(u)>>>0;this.dataIdMap.set(e,{id:a,memoryOffset:l,shape:n,dtype:o,refCount:s}),this.wasm.tfjs.registerTensor(a,i,l),t!=null&&this.wasm.HEAPU8.set(new Uint8Array(t.buffer,t.byteOffset,u),l)}async read(e){return this.readSync(e)}readSync(e,t,n){let{memoryOffset:o,dtype:s,shape:a,stringBytes:i}=this.dataIdMap.get(e);if(s==="string")return(t==null||t===0)&&(n==null||n>=i.length)?i:i.slice(t,n);t=t||0,n=n||y.sizeFromShape(a);let u=y.bytesPerElement(s),l=this.wasm.HEAPU8.slice(o+t*u,o+n*u);return WM(l.buffer,s)}disposeData(e,t=!1){if(this.dataIdMap.has(e)){let n=this.dataIdMap.get(e);if(n.refCount--,!t&&n.refCount>0)return!1;this.wasm._free(n.memoryOffset),this.wasm.tfjs.disposeData(n.id),this.dataIdMap.delete(e)}return!0}refCount(e){return this.dataIdMap.has(e)?this.dataIdMap.get(e).refCount:0}incRef(e){let t=this.dataIdMap.get(e);t!=null&&t.refCount++}floatPrecision(){return 32}getMemoryOffset(e){return this.dataIdMap.get(e).memoryOffset}dispose(){this.wasm.tfjs.dispose(),"PThread"in this.wasm&&this.wasm.PThread.terminateAllThreads(),this.wasm=null}memory(){return{unreliable:!1}}makeOutput(e,t,n,o){let s;if(n==null)s=this.write(o??null,e,t);else{let a=this.dataIdNextNumber++;s={id:a},this.dataIdMap.set(s,{id:a,memoryOffset:n,shape:e,dtype:t,refCount:1});let i=y.sizeFromShape(e);this.wasm.tfjs.registerTensor(a,i,n)}return{dataId:s,shape:e,dtype:t}}typedArrayFromHeap({shape:e,dtype:t,dataId:n}){let o=this.wasm.HEAPU8.buffer,{memoryOffset:s}=this.dataIdMap.get(n),a=y.sizeFromShape(e);switch(t){case"float32":return new Float32Array(o,s,a);case"int32":return new Int32Array(o,s,a);case"bool":return new Uint8Array(o,s,a);default:throw new Error(`Unknown dtype ${t}`)}}};function VM(r){return(e,t)=>(y.fetch(r,{credentials:"same-origin"}).then(n=>{n.ok||e.env.a(`failed to load wasm binary file at '${r}'`),n.arrayBuffer().then(o=>{WebAssembly.instantiate(o,e).then(s=>{t(s.instance,s.module)})})}),{})}function $S(r,e,t){if(td!=null)return td;let n="tfjs-backend-wasm.wasm";return r&&e?n="tfjs-backend-wasm-threaded-simd.wasm":r&&(n="tfjs-backend-wasm-simd.wasm"),_i!=null&&_i[n]!=null?_i[n]:t+n}async function GM(){let[r,e]=await Promise.all([_().getAsync("WASM_HAS_SIMD_SUPPORT"),_().getAsync("WASM_HAS_MULTITHREAD_SUPPORT")]);return new Promise((t,n)=>{let o={};o.locateFile=(i,u)=>{if(i.endsWith(".worker.js")){let l="".replace(/\n/g,"\\n"),p=new Blob([l],{type:"application/javascript"});return URL.createObjectURL(p)}return i.endsWith(".wasm")?$S(r,e,Ei??u):u+i},RS&&(o.instantiateWasm=VM($S(r,e,Ei??"")));let s=!1;o.onAbort=()=>{if(s||Ql)return;Ql=!0,n({message:"Make sure the server can serve the `.wasm` file relative to the bundled js file. For more details see https://github.com/tensorflow/tfjs/blob/master/tfjs-backend-wasm/README.md#using-bundlers"})};let a;e&&r&&td==null?(o.mainScriptUrlOrBlob=new Blob(["var WasmBackendModuleThreadedSimd = "+AS.toString()],{type:"text/javascript"}),a=AS(o)):a=UM(o),a.then(i=>{s=!0,Ql=!1;let u=null;i.tfjs={init:i.cwrap("init",null,[]),initWithThreadsCount:i.cwrap("init_with_threads_count",null,["number"]),getThreadsCount:i.cwrap("get_threads_count","number",[]),registerTensor:i.cwrap("register_tensor",null,["number","number","number"]),disposeData:i.cwrap("dispose_data",u,["number"]),dispose:i.cwrap("dispose",u,[])},t({wasm:i})}).catch(n)})}function WM(r,e){switch(e){case"float32":return new Float32Array(r);case"int32":return new Int32Array(r);case"bool":return new Uint8Array(r);default:throw new Error(`Unknown dtype ${e}`)}}var zM=["tfjs-backend-wasm.wasm","tfjs-backend-wasm-simd.wasm","tfjs-backend-wasm-threaded-simd.wasm"],td=null,Ei=null,_i={},Ql=!1,RS=!1;function KM(r,e=!1){if(Ql)throw new Error("The WASM backend was already initialized. Make sure you call `setWasmPaths()` before you call `tf.setBackend()` or `tf.ready()`");if(typeof r=="string")Ei=r;else{_i=r;let t=zM.filter(n=>_i[n]==null);if(t.length>0)throw new Error(`There were no entries found for the following binaries: ${t.join(",")}. Please either call setWasmPaths with a map providing a path for each binary, or with a string indicating the directory where all the binaries can be found.`)}RS=e}var HM=-1,qM=-1;var K=_();K.registerFlag("HAS_WEBGL",()=>K.getNumber("WEBGL_VERSION")>0);K.registerFlag("WEBGL_VERSION",()=>Jm(2)?2:Jm(1)?1:0);K.registerFlag("WEBGL_CHECK_NUMERICAL_PROBLEMS",()=>!1);K.registerFlag("WEBGL_BUFFER_SUPPORTED",()=>K.get("WEBGL_VERSION")===2);K.registerFlag("WEBGL_CPU_FORWARD",()=>!0);K.registerFlag("WEBGL_FORCE_F16_TEXTURES",()=>!1);K.registerFlag("WEBGL_PACK",()=>K.getBool("HAS_WEBGL"));K.registerFlag("WEBGL_PACK_NORMALIZATION",()=>K.getBool("WEBGL_PACK"));K.registerFlag("WEBGL_PACK_CLIP",()=>K.getBool("WEBGL_PACK"));K.registerFlag("WEBGL_PACK_DEPTHWISECONV",()=>K.getBool("WEBGL_PACK"));K.registerFlag("WEBGL_PACK_BINARY_OPERATIONS",()=>K.getBool("WEBGL_PACK"));K.registerFlag("WEBGL_PACK_UNARY_OPERATIONS",()=>K.getBool("WEBGL_PACK"));K.registerFlag("WEBGL_PACK_ARRAY_OPERATIONS",()=>K.getBool("WEBGL_PACK"));K.registerFlag("WEBGL_PACK_IMAGE_OPERATIONS",()=>K.getBool("WEBGL_PACK"));K.registerFlag("WEBGL_PACK_REDUCE",()=>K.getBool("WEBGL_PACK"));K.registerFlag("WEBGL_LAZILY_UNPACK",()=>K.getBool("WEBGL_PACK"));K.registerFlag("WEBGL_CONV_IM2COL",()=>K.getBool("WEBGL_PACK"));K.registerFlag("WEBGL_PACK_CONV2DTRANSPOSE",()=>K.getBool("WEBGL_PACK"));K.registerFlag("WEBGL_MAX_TEXTURE_SIZE",()=>Jx(K.getNumber("WEBGL_VERSION")));K.registerFlag("WEBGL_MAX_TEXTURES_IN_SHADER",()=>ey(K.getNumber("WEBGL_VERSION")));K.registerFlag("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_VERSION",()=>{let r=K.getNumber("WEBGL_VERSION");return r===0?0:ty(r)});K.registerFlag("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_RELIABLE",()=>K.getNumber("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_VERSION")>0&&!Ms.isMobile());K.registerFlag("WEBGL_RENDER_FLOAT32_CAPABLE",()=>ry(K.getNumber("WEBGL_VERSION")));K.registerFlag("WEBGL_RENDER_FLOAT32_ENABLED",()=>K.getBool("WEBGL_FORCE_F16_TEXTURES")?!1:K.getBool("WEBGL_RENDER_FLOAT32_CAPABLE"));K.registerFlag("WEBGL_DOWNLOAD_FLOAT_ENABLED",()=>ny(K.getNumber("WEBGL_VERSION")));K.registerFlag("WEBGL_FENCE_API_ENABLED",()=>oy(K.getNumber("WEBGL_VERSION")));K.registerFlag("WEBGL_SIZE_UPLOAD_UNIFORM",()=>K.getBool("WEBGL_RENDER_FLOAT32_ENABLED")?4:0);K.registerFlag("WEBGL_DELETE_TEXTURE_THRESHOLD",()=>-1,r=>{if(typeof r!="number")throw new Error(`WEBGL_DELETE_TEXTURE_THRESHOLD must be a number but got ${r}.`);if(r<0&&r!==-1)throw new Error(`WEBGL_DELETE_TEXTURE_THRESHOLD must be -1 (indicating never delete) or at least 0, but got ${r}.`)});K.registerFlag("WEBGL_FLUSH_THRESHOLD",()=>Ms.isMobile()?1:-1,r=>{if(typeof r!="number")throw new Error(`WEBGL_FLUSH_THRESHOLD must be a number but got ${r}.`);if(r<0&&r!==-1)throw new Error(`WEBGL_FLUSH_THRESHOLD must be -1 (indicating never manual flush) or at least 0, but got ${r}.`)});K.registerFlag("CPU_HANDOFF_SIZE_THRESHOLD",()=>128);K.registerFlag("WEBGL_USE_SHAPES_UNIFORMS",()=>!1);K.registerFlag("TOPK_LAST_DIM_CPU_HANDOFF_SIZE_THRESHOLD",()=>1e5);K.registerFlag("TOPK_K_CPU_HANDOFF_THRESHOLD",()=>128);K.registerFlag("WEBGL_EXP_CONV",()=>!1);K.registerFlag("SOFTWARE_WEBGL_ENABLED",()=>K.getBool("IS_TEST"));K.registerFlag("WEBGL_MAX_SIZE_FOR_NARROW_TEXTURE",()=>1/0);K.registerFlag("WEBGL_AUTO_SQUARIFY_NARROW_TEXTURE_SHAPE",()=>!1);K.registerFlag("WEBGL2_ISNAN_CUSTOM",()=>!1);K.registerFlag("ENGINE_COMPILE_ONLY",()=>!1);var Zl=class{constructor(e){this.variableNames=["A"],this.packedInputs=!1,this.packedOutput=!0,this.outPackingScheme=pn.DENSE,this.customUniforms=[{name:"texShape",type:"ivec2"}];let t=$e();this.outputShape=e,this.enableShapeUniforms=le(this.outputShape.length),this.userCode=`
      ivec3 outCoordsFromFlatIndex(int index) {
        ${this.enableShapeUniforms?Io(["r","c","d"],e):qt(["r","c","d"],e)}
        return ivec3(r, c, d);
      }

      void main() {
        ivec2 resTexRC = ivec2(resultUV.yx * vec2(texShape[0], texShape[1]));
        int index = 4 * (resTexRC.x * texShape[1] + resTexRC.y);

        vec4 result = vec4(0.);

        for (int i=0; i<4; i++) {
          int flatIndex = index + i;
          ivec3 rc = outCoordsFromFlatIndex(flatIndex);
          result[i] = getA(rc.x, rc.y, rc.z);
        }

        ${t.output} = result;
      }
    `}};var Jl=class{constructor(e){this.variableNames=["A"],this.packedInputs=!0,this.packedOutput=!0,this.outPackingScheme=pn.DENSE,this.customUniforms=[{name:"texShape",type:"ivec2"}];let t=$e();this.outputShape=e,this.enableShapeUniforms=le(this.outputShape.length),this.userCode=`
      ivec3 outCoordsFromFlatIndex(int index) {
        ${this.enableShapeUniforms?Io(["r","c","d"],e):qt(["r","c","d"],e)}
        return ivec3(r, c, d);
      }

      void main() {
        ivec2 resTexRC = ivec2(resultUV.yx * vec2(texShape[0], texShape[1]));
        int index = 4 * (resTexRC.x * texShape[1] + resTexRC.y);

        vec4 result = vec4(0.);

        for (int i=0; i<4; i++) {
          int flatIndex = index + i;
          ivec3 rc = outCoordsFromFlatIndex(flatIndex);
          result[i] = getChannel(getA(rc.x, rc.y, rc.z), vec2(rc.y, rc.z));
        }

        ${t.output} = result;
      }
    `}};var ep=class{constructor(e){this.variableNames=["A"],this.outTexUsage=st.DOWNLOAD;let t=$e();this.outputShape=e,this.userCode=`
      ${Uu}

      void main() {
        float x = getAAtOutCoords();
        ${t.output} = encode_float(x);
      }
    `}};var tp=class{constructor(e){this.variableNames=["A"],this.packedInputs=!0,this.packedOutput=!1,this.outTexUsage=st.DOWNLOAD;let t=$e();this.outputShape=e,this.userCode=`
      ${Uu}

      void main() {
        ivec3 coords = getOutputCoords();
        float x = getChannel(getAAtOutCoords(), vec2(coords.y, coords.z));
        ${t.output} = encode_float(x);
      }
    `}};var jM={R:0,G:1,B:2,A:3},ki=class{constructor(e,t=!1,n="RGBA"){this.variableNames=["A"],this.customUniforms=[{name:"texShape",type:"ivec2"}];let o=$e();this.outputShape=e,this.enableShapeUniforms=le(this.outputShape.length);let s="result";t&&(s="floor(result * 255. + 0.5)");let a="";for(let i=0;i<n.length;i++){let u=n[i];a+=`
          if(offset == ${i}) {
            result = values[${jM[u]}];
          }`}this.userCode=`
      ${this.enableShapeUniforms?oa():na(e)}

      void main() {
        ivec3 coords = getOutputCoords();
        int flatIndex = getFlatIndex(coords);
        float result = 0.;
        int offset = imod(flatIndex, ${n.length});

        flatIndex = idiv(flatIndex, ${n.length}, 1.);

        int r = flatIndex / texShape[1];
        if (r < texShape[0]) {
          int c = imod(flatIndex, texShape[1]);
          vec2 uv = (vec2(c, r) + halfCR) / vec2(texShape[1], texShape[0]);
          vec4 values = ${o.texture2D}(A, uv);
          ${a}
        }
        ${o.output} = vec4(${s}, 0., 0., 0.);
      }
    `}};var rp=class{constructor(e,t=!1){this.variableNames=["A"],this.packedInputs=!1,this.packedOutput=!0,this.customUniforms=[{name:"texShape",type:"ivec2"}];let n=$e();this.outputShape=e,this.enableShapeUniforms=le(this.outputShape.length);let o="",s="result";t&&(s="floor(result * 255. + 0.5)");for(let a=0;a<=1;a++)for(let i=0;i<=1;i++){let u=a*2+i;o+=`
          localCoords = coords;
          if(localCoords[2] + ${i} < ${this.enableShapeUniforms?"outShape[2]":`${e[2]}`}) {
          localCoords[2] += ${i};
          if (localCoords[1] + ${a} < ${this.enableShapeUniforms?"outShape[1]":`${e[1]}`}) {
            localCoords[1] += ${a};

            flatIndex = getFlatIndex(localCoords);
            offset = imod(flatIndex, 4);

            flatIndex = idiv(flatIndex, 4, 1.);

            int r = flatIndex / texShape[1];
            int c = imod(flatIndex, texShape[1]);
            vec2 uv = (vec2(c, r) + halfCR) / vec2(texShape[1], texShape[0]);
            values = ${n.texture2D}(A, uv);

            if (offset == 0) {
              result[${u}] = values[0];
            } else if (offset == 1) {
              result[${u}] = values[1];
            } else if (offset == 2) {
              result[${u}] = values[2];
            } else {
              result[${u}] = values[3];
            }
          }
        }
        `}this.userCode=`
        ${this.enableShapeUniforms?oa():na(e)}

        void main() {
          ivec3 coords = getOutputCoords();

          vec4 result = vec4(0.);
          int flatIndex, r, c, offset;
          ivec3 localCoords;
          vec2 uv;
          vec4 values;

          ${o}

          ${n.output} = ${s};
        }
    `}};function FS(r){let e=$e(),t=`${e.version}
    precision highp float;
    ${e.attribute} vec3 clipSpacePos;
    ${e.attribute} vec2 uv;
    ${e.varyingVs} vec2 resultUV;

    void main() {
      gl_Position = vec4(clipSpacePos, 1);
      resultUV = uv;
    }`;return Ux(r,t)}function DS(r){let e=new Float32Array([-1,1,0,0,1,-1,-1,0,0,0,1,1,0,1,1,1,-1,0,1,0]);return zx(r,e)}function OS(r){let e=new Uint16Array([0,1,2,2,1,3]);return Kx(r,e)}function Ai(r,e,t,n,o,s){qx(e,t);let a=Hx(r),i=r.TEXTURE_2D;return U(r,()=>r.bindTexture(i,a)),U(r,()=>r.texParameteri(i,r.TEXTURE_WRAP_S,r.CLAMP_TO_EDGE)),U(r,()=>r.texParameteri(i,r.TEXTURE_WRAP_T,r.CLAMP_TO_EDGE)),U(r,()=>r.texParameteri(i,r.TEXTURE_MIN_FILTER,r.NEAREST)),U(r,()=>r.texParameteri(i,r.TEXTURE_MAG_FILTER,r.NEAREST)),_().getNumber("WEBGL_VERSION")===1?U(r,()=>r.texImage2D(i,0,n,e,t,0,o,s,null)):U(r,()=>r.texStorage2D(i,1,n,e,t)),U(r,()=>r.bindTexture(r.TEXTURE_2D,null)),{texture:a,texShape:[t,e]}}function nd(r){return r.internalFormatFloat}function PS(r,e,t,n){let[o,s]=So(e,t);return Ai(r,o,s,nd(n),n.textureFormatFloat,r.FLOAT)}function od(r){return r.internalFormatHalfFloat}function BS(r,e,t,n){let[o,s]=So(e,t);return Ai(r,o,s,od(n),n.textureFormatFloat,n.textureTypeHalfFloat)}function sd(r){return r.downloadTextureFormat}function LS(r,e,t,n){let[o,s]=So(e,t);return Ai(r,o,s,sd(n),r.RGBA,r.UNSIGNED_BYTE)}function ad(r){return r.internalFormatPackedFloat}function MS(r,e,t,n){let[o,s]=ar(e,t);return Ai(r,o,s,ad(n),r.RGBA,r.FLOAT)}function id(r){return r.internalFormatPackedHalfFloat}function US(r,e,t,n){let[o,s]=ar(e,t);return Ai(r,o,s,id(n),r.RGBA,n.textureTypeHalfFloat)}function VS(r,e,t){return U(r,()=>r.bindBuffer(r.ARRAY_BUFFER,t)),Qm(r,e,"clipSpacePos",t,3,20,0)&&Qm(r,e,"uv",t,2,20,12)}function GS(r,e,t,n,o,s){U(r,()=>r.bindTexture(r.TEXTURE_2D,e));let a,i,u;o instanceof Uint8Array?(a=new Uint8Array(t*n*4),i=r.UNSIGNED_BYTE,u=r.RGBA):(a=new Float32Array(t*n*4),i=r.FLOAT,u=s.internalFormatPackedFloat),a.set(o),_().getNumber("WEBGL_VERSION")===2?U(r,()=>r.texSubImage2D(r.TEXTURE_2D,0,0,0,t,n,r.RGBA,i,a)):U(r,()=>r.texImage2D(r.TEXTURE_2D,0,u,t,n,0,r.RGBA,i,a)),U(r,()=>r.bindTexture(r.TEXTURE_2D,null))}function WS(r,e,t){U(r,()=>r.bindTexture(r.TEXTURE_2D,e)),t.data instanceof Uint8Array?_().getNumber("WEBGL_VERSION")===2?U(r,()=>r.texSubImage2D(r.TEXTURE_2D,0,0,0,t.width,t.height,r.RGBA,r.UNSIGNED_BYTE,t.data)):U(r,()=>r.texImage2D(r.TEXTURE_2D,0,r.RGBA,t.width,t.height,0,r.RGBA,r.UNSIGNED_BYTE,t.data)):_().getNumber("WEBGL_VERSION")===2?U(r,()=>r.texSubImage2D(r.TEXTURE_2D,0,0,0,r.RGBA,r.UNSIGNED_BYTE,t)):U(r,()=>r.texImage2D(r.TEXTURE_2D,0,r.RGBA,r.RGBA,r.UNSIGNED_BYTE,t)),U(r,()=>r.bindTexture(r.TEXTURE_2D,null))}function zS(r,e,t,n){let o=r.createBuffer();U(r,()=>r.bindBuffer(r.PIXEL_PACK_BUFFER,o));let i=4*4*e*t;return U(r,()=>r.bufferData(r.PIXEL_PACK_BUFFER,i,r.STREAM_READ)),U(r,()=>r.readPixels(0,0,t,e,r.RGBA,r.FLOAT,0)),U(r,()=>r.bindBuffer(r.PIXEL_PACK_BUFFER,null)),o}function KS(r,e,t){let n=r,o=new Float32Array(t);return n.bindBuffer(n.PIXEL_PACK_BUFFER,e),n.getBufferSubData(n.PIXEL_PACK_BUFFER,0,o),n.bindBuffer(n.PIXEL_PACK_BUFFER,null),o}function HS(r,e,t,n){let[o,s]=So(e,t),a=4,i=new Uint8Array(Bx(e*t,a));return U(r,()=>r.readPixels(0,0,o,s,n.downloadTextureFormat,r.UNSIGNED_BYTE,i)),new Float32Array(i.buffer)}function qS(r,e,t,n,o,s,a,i){let u=r,l=new Float32Array(Lx(s,a));return u.bindBuffer(u.PIXEL_PACK_BUFFER,e),u.getBufferSubData(u.PIXEL_PACK_BUFFER,0,l),u.bindBuffer(u.PIXEL_PACK_BUFFER,null),l}function jS(r,e,t){let n=new Float32Array(e*t*4);return U(r,()=>r.readPixels(0,0,t,e,r.RGBA,r.FLOAT,n)),n}var Ia=class{constructor(e){this.outputTexture=null,this.program=null,this.disposed=!1,this.itemsToPoll=[];let t=_().getNumber("WEBGL_VERSION");if(e!=null?(this.gl=e,Px(t,e)):this.gl=It(t),e=this.gl,_().getNumber("WEBGL_VERSION")===2){let s=e;this.createVertexArray=()=>U(s,()=>s.createVertexArray()),this.bindVertexArray=a=>U(s,()=>s.bindVertexArray(a)),this.deleteVertexArray=a=>U(s,()=>s.deleteVertexArray(a)),this.getVertexArray=()=>U(s,()=>s.getParameter(s.VERTEX_ARRAY_BINDING))}else if(e!=null){let s=e.getExtension("OES_vertex_array_object");if(s==null)throw new Error("All WebGL1 implementations are expected to offer OES_vertex_array_object.");this.createVertexArray=()=>U(e,()=>s.createVertexArrayOES()),this.bindVertexArray=a=>U(e,()=>s.bindVertexArrayOES(a)),this.deleteVertexArray=a=>U(e,()=>s.deleteVertexArrayOES(a)),this.getVertexArray=()=>U(e,()=>e.getParameter(s.VERTEX_ARRAY_BINDING_OES))}let n="WEBGL_color_buffer_float",o="EXT_color_buffer_half_float";if(this.parallelCompilationExtension=this.gl.getExtension("KHR_parallel_shader_compile"),_().getNumber("WEBGL_VERSION")===1){let s="OES_texture_float",a="OES_texture_half_float";if(this.textureFloatExtension=di(this.gl,s),Et(this.gl,a))this.textureHalfFloatExtension=di(this.gl,a);else if(_().get("WEBGL_FORCE_F16_TEXTURES"))throw new Error("GL context does not support half float textures, yet the environment flag WEBGL_FORCE_F16_TEXTURES is set to true.");if(this.colorBufferFloatExtension=this.gl.getExtension(n),Et(this.gl,o))this.colorBufferHalfFloatExtension=di(this.gl,o);else if(_().get("WEBGL_FORCE_F16_TEXTURES"))throw new Error("GL context does not support color renderable half floats, yet the environment flag WEBGL_FORCE_F16_TEXTURES is set to true.")}else if(n="EXT_color_buffer_float",Et(this.gl,n))this.colorBufferFloatExtension=this.gl.getExtension(n);else if(Et(this.gl,o))this.colorBufferHalfFloatExtension=this.gl.getExtension(o);else throw new Error("GL context does not support color renderable floats");this.vertexBuffer=DS(this.gl),this.indexBuffer=OS(this.gl),this.framebuffer=jx(this.gl),this.textureConfig=fi(this.gl,this.textureHalfFloatExtension)}get debug(){return _().getBool("DEBUG")}dispose(){if(this.disposed)return;this.program!=null&&console.warn("Disposing a GPGPUContext that still has a bound WebGLProgram. This is probably a resource leak, delete the program with GPGPUContext.deleteProgram before disposing."),this.outputTexture!=null&&console.warn("Disposing a GPGPUContext that still has a bound output matrix texture.  This is probably a resource leak, delete the output matrix texture with GPGPUContext.deleteMatrixTexture before disposing.");let e=this.gl;U(e,()=>e.finish()),U(e,()=>e.bindFramebuffer(e.FRAMEBUFFER,null)),U(e,()=>e.deleteFramebuffer(this.framebuffer)),U(e,()=>e.bindBuffer(e.ARRAY_BUFFER,null)),U(e,()=>e.bindBuffer(e.ELEMENT_ARRAY_BUFFER,null)),U(e,()=>e.deleteBuffer(this.indexBuffer)),this.disposed=!0}createFloat32MatrixTexture(e,t){return this.throwIfDisposed(),PS(this.gl,e,t,this.textureConfig)}createFloat16MatrixTexture(e,t){return this.throwIfDisposed(),BS(this.gl,e,t,this.textureConfig)}createUnsignedBytesMatrixTexture(e,t){return this.throwIfDisposed(),LS(this.gl,e,t,this.textureConfig)}uploadPixelDataToTexture(e,t){this.throwIfDisposed(),WS(this.gl,e,t)}uploadDenseMatrixToTexture(e,t,n,o){this.throwIfDisposed(),GS(this.gl,e,t,n,o,this.textureConfig)}createFloat16PackedMatrixTexture(e,t){return this.throwIfDisposed(),US(this.gl,e,t,this.textureConfig)}createPackedMatrixTexture(e,t){return this.throwIfDisposed(),MS(this.gl,e,t,this.textureConfig)}deleteMatrixTexture(e){this.throwIfDisposed(),this.outputTexture===e&&(Zm(this.gl,this.framebuffer),this.outputTexture=null),U(this.gl,()=>this.gl.deleteTexture(e))}downloadByteEncodedFloatMatrixFromOutputTexture(e,t,n){return this.downloadMatrixDriver(e,()=>HS(this.gl,t,n,this.textureConfig))}downloadPackedMatrixFromBuffer(e,t,n,o,s,a){return qS(this.gl,e,t,n,o,s,a,this.textureConfig)}downloadFloat32MatrixFromBuffer(e,t){return KS(this.gl,e,t)}createBufferFromTexture(e,t,n){this.bindTextureToFrameBuffer(e);let o=zS(this.gl,t,n,this.textureConfig);return this.unbindTextureToFrameBuffer(),o}createAndWaitForFence(){let e=this.createFence(this.gl);return this.pollFence(e)}createFence(e){let t,n;if(_().getBool("WEBGL_FENCE_API_ENABLED")){let o=e,s=o.fenceSync(o.SYNC_GPU_COMMANDS_COMPLETE,0);e.flush(),n=()=>{let a=o.clientWaitSync(s,0,0);return a===o.ALREADY_SIGNALED||a===o.CONDITION_SATISFIED},t=s}else _().getNumber("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_VERSION")>0?(t=this.beginQuery(),this.endQuery(),n=()=>this.isQueryAvailable(t,_().getNumber("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_VERSION"))):n=()=>!0;return{query:t,isFencePassed:n}}downloadMatrixFromPackedTexture(e,t,n){return this.downloadMatrixDriver(e,()=>jS(this.gl,t,n))}createProgram(e){this.throwIfDisposed();let t=this.gl;this.vertexShader==null&&(this.vertexShader=FS(t));let n=Gx(t);U(t,()=>t.attachShader(n,this.vertexShader)),U(t,()=>t.attachShader(n,e)),Wx(t,n);let o=Object.assign(n,{vao:this.createVertexArray()});return this.debug&&zu(t,o),o}buildVao(e){this.setProgram(e),this.bindVertexArray(e.vao);let t=this.gl;U(t,()=>t.bindBuffer(t.ELEMENT_ARRAY_BUFFER,this.indexBuffer)),VS(t,e,this.vertexBuffer)}deleteProgram(e){this.throwIfDisposed(),e===this.program&&(this.program=null),e!=null&&(U(this.gl,()=>this.gl.deleteProgram(e)),this.deleteVertexArray(e.vao))}setProgram(e){this.throwIfDisposed(),this.program=e,this.program!=null&&this.debug&&zu(this.gl,this.program),U(this.gl,()=>this.gl.useProgram(e))}getUniformLocation(e,t,n=!0){return this.throwIfDisposed(),n?Xx(this.gl,e,t):Yx(this.gl,e,t)}getAttributeLocation(e,t){return this.throwIfDisposed(),U(this.gl,()=>this.gl.getAttribLocation(e,t))}getUniformLocationNoThrow(e,t){return this.throwIfDisposed(),this.gl.getUniformLocation(e,t)}setInputMatrixTexture(e,t,n){this.throwIfDisposed(),this.throwIfNoProgram(),Qx(this.gl,e,t,n)}setOutputMatrixTexture(e,t,n){this.setOutputMatrixTextureDriver(e,n,t)}setOutputPackedMatrixTexture(e,t,n){this.throwIfDisposed();let[o,s]=ar(t,n);this.setOutputMatrixTextureDriver(e,o,s)}setOutputMatrixWriteRegion(e,t,n,o){this.setOutputMatrixWriteRegionDriver(n,e,o,t)}setOutputPackedMatrixWriteRegion(e,t,n,o){throw new Error("setOutputPackedMatrixWriteRegion not implemented.")}debugValidate(){this.program!=null&&zu(this.gl,this.program),hi(this.gl)}executeProgram(){this.throwIfDisposed(),this.throwIfNoProgram();let e=this.gl;if(this.debug){let t=this.getVertexArray();console.assert(t===this.program.vao,"VAO changed between setProgram and executeProgram!"),this.debugValidate()}U(e,()=>e.drawElements(e.TRIANGLES,6,e.UNSIGNED_SHORT,0))}blockUntilAllProgramsCompleted(){this.throwIfDisposed(),U(this.gl,()=>this.gl.finish())}getQueryTimerExtension(){return this.disjointQueryTimerExtension==null&&(this.disjointQueryTimerExtension=di(this.gl,_().getNumber("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_VERSION")===2?"EXT_disjoint_timer_query_webgl2":"EXT_disjoint_timer_query")),this.disjointQueryTimerExtension}getQueryTimerExtensionWebGL2(){return this.getQueryTimerExtension()}getQueryTimerExtensionWebGL1(){return this.getQueryTimerExtension()}beginQuery(){if(_().getNumber("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_VERSION")===2){let n=this.gl,o=this.getQueryTimerExtensionWebGL2(),s=n.createQuery();return n.beginQuery(o.TIME_ELAPSED_EXT,s),s}let e=this.getQueryTimerExtensionWebGL1(),t=e.createQueryEXT();return e.beginQueryEXT(e.TIME_ELAPSED_EXT,t),t}endQuery(){if(_().getNumber("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_VERSION")===2){let t=this.gl,n=this.getQueryTimerExtensionWebGL2();t.endQuery(n.TIME_ELAPSED_EXT);return}let e=this.getQueryTimerExtensionWebGL1();e.endQueryEXT(e.TIME_ELAPSED_EXT)}async waitForQueryAndGetTime(e){return await y.repeatedTry(()=>this.disposed||this.isQueryAvailable(e,_().getNumber("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_VERSION"))),this.getQueryTime(e,_().getNumber("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_VERSION"))}getQueryTime(e,t){if(t===0)return null;if(t===2){let n=this.gl;return n.getQueryParameter(e,n.QUERY_RESULT)/1e6}else{let n=this.getQueryTimerExtensionWebGL1();return n.getQueryObjectEXT(e,n.QUERY_RESULT_EXT)/1e6}}isQueryAvailable(e,t){if(t===0)return!0;if(t===2){let n=this.gl,o=this.getQueryTimerExtensionWebGL2(),s=n.getQueryParameter(e,n.QUERY_RESULT_AVAILABLE);return this.disjoint==null&&(this.disjoint=this.gl.getParameter(o.GPU_DISJOINT_EXT)),s&&!this.disjoint}else{let n=this.getQueryTimerExtensionWebGL1(),o=n.getQueryObjectEXT(e,n.QUERY_RESULT_AVAILABLE_EXT);return this.disjoint==null&&(this.disjoint=this.gl.getParameter(n.GPU_DISJOINT_EXT)),o&&!this.disjoint}}pollFence(e){return new Promise(t=>{this.addItemToPoll(()=>e.isFencePassed(),()=>t())})}pollItems(){let e=YM(this.itemsToPoll.map(t=>t.isDoneFn));for(let t=0;t<=e;++t){let{resolveFn:n}=this.itemsToPoll[t];n()}this.itemsToPoll=this.itemsToPoll.slice(e+1)}addItemToPoll(e,t){if(this.itemsToPoll.push({isDoneFn:e,resolveFn:t}),this.itemsToPoll.length>1)return;let n;"setTimeoutCustom"in _().platform&&(n=_().platform.setTimeoutCustom.bind(_().platform)),y.repeatedTry(()=>(this.pollItems(),this.itemsToPoll.length===0),()=>0,null,n)}bindTextureToFrameBuffer(e){this.throwIfDisposed(),Ku(this.gl,e,this.framebuffer),this.debug&&hi(this.gl)}unbindTextureToFrameBuffer(){this.outputTexture!=null?(Ku(this.gl,this.outputTexture,this.framebuffer),this.debug&&hi(this.gl)):Zm(this.gl,this.framebuffer)}downloadMatrixDriver(e,t){this.bindTextureToFrameBuffer(e);let n=t();return this.unbindTextureToFrameBuffer(),n}setOutputMatrixTextureDriver(e,t,n){this.throwIfDisposed();let o=this.gl;Ku(o,e,this.framebuffer),this.debug&&hi(o),this.outputTexture=e,U(o,()=>o.viewport(0,0,t,n)),U(o,()=>o.scissor(0,0,t,n))}setOutputMatrixWriteRegionDriver(e,t,n,o){this.throwIfDisposed(),U(this.gl,()=>this.gl.scissor(e,t,n,o))}throwIfDisposed(){if(this.disposed)throw new Error("Attempted to use disposed GPGPUContext.")}throwIfNoProgram(){if(this.program==null)throw new Error("No GPU program is currently set.")}};function YM(r){let e=0;for(;e<r.length&&r[e]();++e);return e-1}var np=class{constructor(e){if(this.variableNames=["A"],this.packedInputs=!1,this.packedOutput=!0,this.outputShape=e,this.rank=e.length,this.enableShapeUniforms=le(this.outputShape.length),this.rank===0)this.userCode=`
        void main() {
          setOutput(vec4(getA(), 0., 0., 0.));
        }
      `;else{let t=Ne("rc",this.rank),n=q(this.rank),o=this.getOutOfBoundsCondition(t),s=this.getSetup(t),a=this.getOutput(t);this.userCode=`
        void main() {
          ${n} rc = getOutputCoords();

          if(${o}) {
            setOutput(vec4(0));
          } else {
            ${s}

            setOutput(vec4(${a}));
          }
        }
      `}}getSourceCoordsArr(e){let t=[];for(let n=0;n<=1;n++)for(let o=0;o<=1;o++){let s=`${n===0?"r":"rp1"}, ${o===0?"c":"cp1"}`;for(let a=2;a<this.rank;a++)s=`${e[e.length-1-a]},`+s;t.push(s)}return t}getOutOfBoundsCondition(e){if(this.rank===1)return`rc > ${this.enableShapeUniforms?"outShape":this.outputShape[0]}`;let t="";for(let n=this.rank-2;n<this.rank;n++)t+=`${e[n]} >= ${this.enableShapeUniforms?`outShape[${n}]`:this.outputShape[n]}`,n<this.rank-1&&(t+="||");return t}getSetup(e){if(this.rank===1)return"";let t=e.slice(-2),n=this.enableShapeUniforms?`outShape[${this.rank} - 1]`:this.outputShape[this.rank-1],o=this.enableShapeUniforms?`outShape[${this.rank} - 2]`:this.outputShape[this.rank-2];return`
      int r = ${t[0]};
      int c = ${t[1]};
      int rp1 = r + 1;
      int cp1 = c + 1;

      bool cEdge = cp1 >= ${n};
      bool rEdge = rp1 >= ${o};
    `}getOutput(e){let t=this.getSourceCoordsArr(e);return this.rank===1?`getA(rc), (rc + 1 >= ${this.enableShapeUniforms?"outShape":this.outputShape[0]} ? 0. : getA(rc + 1)), 0, 0`:`getA(${t[0]}),
            cEdge ? 0. : getA(${t[1]}),
            rEdge ? 0. : getA(${t[2]}),
            rEdge || cEdge ? 0. : getA(${t[3]})`}};var op=class{constructor(e){this.gpgpu=e,this.numUsedTextures=0,this.numFreeTextures=0,this._numBytesAllocated=0,this._numBytesFree=0,this.freeTextures={},this.usedTextures={},this.logEnabled=!1}acquireTexture(e,t,n){let o=YS(t,n),s=QS(e,o,n);s in this.freeTextures||(this.freeTextures[s]=[]),s in this.usedTextures||(this.usedTextures[s]=[]);let a=XS(e,o,this.gpgpu.gl,this.gpgpu.textureConfig,n);if(this.freeTextures[s].length>0){this.numFreeTextures--,this.numUsedTextures++,this._numBytesFree-=a,this.log();let u=this.freeTextures[s].pop();return this.usedTextures[s].push(u),u}let i;return o===He.PACKED_2X2_FLOAT32?i=this.gpgpu.createPackedMatrixTexture(e[0],e[1]):o===He.PACKED_2X2_FLOAT16?i=this.gpgpu.createFloat16PackedMatrixTexture(e[0],e[1]):o===He.UNPACKED_FLOAT32?i=this.gpgpu.createFloat32MatrixTexture(e[0],e[1]):o===He.UNPACKED_FLOAT16?i=this.gpgpu.createFloat16MatrixTexture(e[0],e[1]):o===He.PACKED_4X1_UNSIGNED_BYTE&&(i=this.gpgpu.createUnsignedBytesMatrixTexture(e[0],e[1])),this.usedTextures[s].push(i),this.numUsedTextures++,this._numBytesAllocated+=a,this.log(),i}releaseTexture(e,t,n,o){if(this.freeTextures==null)return;let s=YS(n,o),a=QS(t,s,o);a in this.freeTextures||(this.freeTextures[a]=[]);let i=XS(t,s,this.gpgpu.gl,this.gpgpu.textureConfig,o),u=_().getNumber("WEBGL_DELETE_TEXTURE_THRESHOLD");u!==-1&&this._numBytesAllocated>u?(this.gpgpu.deleteMatrixTexture(e.texture),this._numBytesAllocated-=i):(this.freeTextures[a].push(e),this.numFreeTextures++,this._numBytesFree+=i),this.numUsedTextures--;let l=this.usedTextures[a],p=l&&l.indexOf(e);if(p==null||p<0)throw new Error("Cannot release a texture that was never provided by this texture manager");l[p]=l[l.length-1],l.pop(),this.log()}log(){if(!this.logEnabled)return;let e=this.numFreeTextures+this.numUsedTextures;console.log("Free/Used",`${this.numFreeTextures} / ${this.numUsedTextures}`,`(${e})`);let t=this._numBytesFree/this._numBytesAllocated;console.log(`Bytes allocated: ${this._numBytesAllocated}`),console.log(`Bytes unused: ${this._numBytesFree} (${Math.round(100*t)}%)`)}get numBytesAllocated(){return this._numBytesAllocated}get numBytesFree(){return this._numBytesFree}getNumUsedTextures(){return this.numUsedTextures}getNumFreeTextures(){return this.numFreeTextures}dispose(){if(this.freeTextures!=null){for(let e in this.freeTextures)this.freeTextures[e].forEach(t=>{this.gpgpu.deleteMatrixTexture(t.texture)});for(let e in this.usedTextures)this.usedTextures[e].forEach(t=>{this.gpgpu.deleteMatrixTexture(t.texture)});this.freeTextures=null,this.usedTextures=null,this.numUsedTextures=0,this.numFreeTextures=0,this._numBytesAllocated=0,this._numBytesFree=0}}};function QM(r,e){let t=r;if(e===t.R32F)return 4;if(e===t.R16F)return 2;if(e===t.RGBA32F)return 16;if(e===r.RGBA)return 16;if(e===t.RGBA16F)return 8;if(e===t.RGBA8)return 4;throw new Error(`Unknown internal format ${e}`)}function XS(r,e,t,n,o){let s=ZM(e,n),a;if(o){let[u,l]=ar(r[0],r[1]);a=u*l}else{let[u,l]=So(r[0],r[1]);a=u*l}let i=QM(t,s);return a*i}function ZM(r,e){switch(r){case He.PACKED_2X2_FLOAT32:return ad(e);case He.PACKED_2X2_FLOAT16:return id(e);case He.UNPACKED_FLOAT32:return nd(e);case He.UNPACKED_FLOAT16:return od(e);case He.PACKED_4X1_UNSIGNED_BYTE:return sd(e);default:throw new Error(`Unknown physical texture type ${r}`)}}function JM(r){return _().getBool("WEBGL_RENDER_FLOAT32_ENABLED")?r?He.PACKED_2X2_FLOAT32:He.UNPACKED_FLOAT32:r?He.PACKED_2X2_FLOAT16:He.UNPACKED_FLOAT16}function YS(r,e){if(r===st.UPLOAD)return He.PACKED_2X2_FLOAT32;if(r===st.RENDER||r==null)return JM(e);if(r===st.DOWNLOAD||r===st.PIXELS)return He.PACKED_4X1_UNSIGNED_BYTE;throw new Error(`Unknown logical texture type ${r}`)}function QS(r,e,t){return`${r[0]}_${r[1]}_${e}_${t}`}var sp=class{constructor(e){this.variableNames=["A"],this.packedInputs=!0,this.packedOutput=!1,this.outputShape=e,this.enableShapeUniforms=le(this.outputShape.length);let t=e.length,n=Ne("rc",t),o=q(t),s=ly(t,n),a=n.slice(-2),i=t<=1?"rc":`vec2(${a.join(",")})`;this.userCode=`
      void main() {
        ${o} rc = getOutputCoords();
        vec4 packedInput = getA(${s});

        setOutput(getChannel(packedInput, ${i}));
      }
    `}};var e3=Mu.whereImpl,t3=1e-7,r3=1e-4,ap={};function n3(r){return r in ap||(ap[r]={}),ap[r]}var o3=_().getNumber("CPU_HANDOFF_SIZE_THRESHOLD"),s3=600;function a3(){return _().global.screen==null?1024:_().global.screen.height*_().global.screen.width*window.devicePixelRatio*s3/1024/1024}var ip=class r extends ur{nextDataId(){return r.nextDataId++}constructor(e){if(super(),this.pendingRead=new WeakMap,this.pendingDisposal=new WeakSet,this.dataRefCount=new WeakMap,this.numBytesInGPU=0,this.uploadWaitMs=0,this.downloadWaitMs=0,this.lastGlFlushTime=0,this.warnedAboutMemory=!1,this.pendingDeletes=0,this.disposed=!1,!_().getBool("HAS_WEBGL"))throw new Error("WebGL is not supported on this device");let t;if(e!=null){if(e instanceof Ia)t=e;else{let n=It(_().getNumber("WEBGL_VERSION"),e);t=new Ia(n)}this.binaryCache={},this.gpgpuCreatedLocally=!1}else{let n=It(_().getNumber("WEBGL_VERSION"));t=new Ia(n),this.binaryCache=n3(_().getNumber("WEBGL_VERSION")),this.gpgpuCreatedLocally=!0}this.gpgpu=t,this.canvas=this.gpgpu.gl.canvas,this.textureManager=new op(this.gpgpu),this.numMBBeforeWarning=a3(),this.texData=new wn(this,Wt())}numDataIds(){return this.texData.numDataIds()-this.pendingDeletes}writeTexture(e,t,n,o,s,a){let i=this.makeTensorInfo(t,n),u=this.texData.get(i.dataId);u.isPacked=!1,u.texture={texture:e,texShape:[o,s]},u.texShape=[o,s];let l=gi(t),p=new ki(l,!1,a),c=this.runWebGLProgram(p,[i],n,[[o,s]]);return c.shape=t,u.texture=null,this.disposeIntermediateTensorInfo(i),c.dataId}write(e,t,n){if((_().getBool("WEBGL_CHECK_NUMERICAL_PROBLEMS")||_().getBool("DEBUG"))&&this.checkNumericalProblems(e),n==="complex64"&&e!=null)throw new Error("Cannot write to a complex64 dtype. Please use tf.complex(real, imag).");let o={id:this.nextDataId()};return this.texData.set(o,{shape:t,dtype:n,values:e,usage:st.UPLOAD,refCount:1}),o}refCount(e){return this.texData.has(e)?this.texData.get(e).refCount:0}incRef(e){let t=this.texData.get(e);t.refCount++}decRef(e){if(this.texData.has(e)){let t=this.texData.get(e);t.refCount--}}move(e,t,n,o,s){if(_().getBool("DEBUG")&&this.checkNumericalProblems(t),o==="complex64")throw new Error("Cannot write to a complex64 dtype. Please use tf.complex(real, imag).");this.texData.set(e,{shape:n,dtype:o,values:t,usage:st.UPLOAD,refCount:s})}disposeIntermediateTensorInfo(e){this.disposeData(e.dataId)}readSync(e){let t=this.texData.get(e),{values:n,dtype:o,complexTensorInfos:s,slice:a,shape:i,isPacked:u}=t;if(a!=null){let m;u?m=new mt(i,ir):m=new qe(i,ir);let f=this.runWebGLProgram(m,[{dataId:e,shape:i,dtype:o}],o),d=this.readSync(f.dataId);return this.disposeIntermediateTensorInfo(f),d}if(n!=null)return this.convertAndCacheOnCPU(e);if(o==="string")return n;let l=this.activeTimers!=null,p;l&&(p=y.now());let c;if(o==="complex64"){let m=this.readSync(s.real.dataId),f=this.readSync(s.imag.dataId);c=v.mergeRealAndImagArrays(m,f)}else c=this.getValuesFromTexture(e);return l&&(this.downloadWaitMs+=y.now()-p),this.convertAndCacheOnCPU(e,c)}async read(e){if(this.pendingRead.has(e)){let d=this.pendingRead.get(e);return new Promise(g=>d.push(g))}let t=this.texData.get(e),{values:n,shape:o,slice:s,dtype:a,complexTensorInfos:i,isPacked:u}=t;if(s!=null){let d;u?d=new mt(o,ir):d=new qe(o,ir);let g=this.runWebGLProgram(d,[{dataId:e,shape:o,dtype:a}],a),h=this.read(g.dataId);return this.disposeIntermediateTensorInfo(g),h}if(n!=null)return this.convertAndCacheOnCPU(e);if(_().getBool("DEBUG")&&!_().getBool("WEBGL_DOWNLOAD_FLOAT_ENABLED")&&_().getNumber("WEBGL_VERSION")===2)throw new Error("tensor.data() with WEBGL_DOWNLOAD_FLOAT_ENABLED=false and WEBGL_VERSION=2 not yet supported.");let l=null,p;if(a!=="complex64"&&_().get("WEBGL_BUFFER_SUPPORTED")){p=this.decode(e);let d=this.texData.get(p.dataId);l=this.gpgpu.createBufferFromTexture(d.texture.texture,...mi(o))}this.pendingRead.set(e,[]),a!=="complex64"&&await this.gpgpu.createAndWaitForFence();let c;if(a==="complex64"){let d=await Promise.all([this.read(i.real.dataId),this.read(i.imag.dataId)]),g=d[0],h=d[1];c=v.mergeRealAndImagArrays(g,h)}else if(l==null)c=this.getValuesFromTexture(e);else{let d=y.sizeFromShape(o);c=this.gpgpu.downloadFloat32MatrixFromBuffer(l,d)}if(p!=null&&this.disposeIntermediateTensorInfo(p),l!=null){let d=this.gpgpu.gl;U(d,()=>d.deleteBuffer(l))}let m=this.convertAndCacheOnCPU(e,c),f=this.pendingRead.get(e);return this.pendingRead.delete(e),f.forEach(d=>d(m)),this.pendingDisposal.has(e)&&(this.pendingDisposal.delete(e),this.disposeData(e)&&Wt().removeDataId(e,this),this.pendingDeletes--),m}readToGPU(e,t={}){let n=this.texData.get(e),{values:o,shape:s,slice:a,dtype:i,isPacked:u,texture:l}=n;if(i==="complex64")throw new Error("Does not support reading texture for complex64 dtype.");if(a!=null){let f;u?f=new mt(s,ir):f=new qe(s,ir);let d=this.runWebGLProgram(f,[{dataId:e,shape:s,dtype:i}],i),g=this.readToGPU(d,t);return this.disposeIntermediateTensorInfo(d),g}if(l==null)throw o!=null?new Error("Data is not on GPU but on CPU."):new Error("There is no data on GPU or CPU.");let p=this.decode(e,t.customTexShape),c=Wt().makeTensorFromTensorInfo(p),m=this.texData.get(p.dataId);return Object.assign({tensorRef:c},m.texture)}bufferSync(e){let t=this.readSync(e.dataId);if(e.dtype==="string")try{let n=t.map(o=>y.decodeString(o));return ae(e.shape,e.dtype,n)}catch{throw new Error("Failed to decode encoded string bytes into utf-8")}return ae(e.shape,e.dtype,t)}checkNumericalProblems(e){if(e!=null)for(let t=0;t<e.length;t++){let n=e[t];if(!Mx(n))throw _().getBool("WEBGL_RENDER_FLOAT32_CAPABLE")?Error(`The value ${n} cannot be represented with your current settings. Consider enabling float32 rendering: 'tf.env().set('WEBGL_RENDER_FLOAT32_ENABLED', true);'`):Error(`The value ${n} cannot be represented on this device.`)}}getValuesFromTexture(e){let{shape:t,dtype:n,isPacked:o}=this.texData.get(e),s=y.sizeFromShape(t);if(_().getBool("WEBGL_DOWNLOAD_FLOAT_ENABLED")){let m=this.decode(e),f=this.texData.get(m.dataId),d=this.gpgpu.downloadMatrixFromPackedTexture(f.texture.texture,...mi(t)).subarray(0,s);return this.disposeIntermediateTensorInfo(m),d}let a=_().getBool("WEBGL_PACK")&&o===!0,i=a?gi(t):t,u=a?new tp(i):new ep(i),l=this.runWebGLProgram(u,[{shape:i,dtype:n,dataId:e}],"float32"),p=this.texData.get(l.dataId),c=this.gpgpu.downloadByteEncodedFloatMatrixFromOutputTexture(p.texture.texture,p.texShape[0],p.texShape[1]).subarray(0,s);return this.disposeIntermediateTensorInfo(l),c}timerAvailable(){return _().getNumber("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_RELIABLE")>0}time(e){let t=this.activeTimers,n=[],o=!1;this.programTimersStack==null?(this.programTimersStack=n,o=!0):this.activeTimers.push(n),this.activeTimers=n,e();let s=y.flatten(this.activeTimers.map(u=>u.query)).filter(u=>u!=null),a=y.flatten(this.activeTimers.map(u=>u.name)).filter(u=>u!=null);this.activeTimers=t,o&&(this.programTimersStack=null);let i={uploadWaitMs:this.uploadWaitMs,downloadWaitMs:this.downloadWaitMs,kernelMs:null,wallMs:null};return(async()=>{if(_().getNumber("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_RELIABLE")>0){let u=await Promise.all(s);i.kernelMs=y.sum(u),i.getExtraProfileInfo=()=>u.map((l,p)=>({name:a[p],ms:l})).map(l=>`${l.name}: ${l.ms}`).join(", ")}else i.kernelMs={error:"WebGL query timers are not supported in this environment."};return this.uploadWaitMs=0,this.downloadWaitMs=0,i})()}memory(){return{unreliable:!1,numBytesInGPU:this.numBytesInGPU,numBytesInGPUAllocated:this.textureManager.numBytesAllocated,numBytesInGPUFree:this.textureManager.numBytesFree}}startTimer(){return _().getNumber("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_RELIABLE")>0?this.gpgpu.beginQuery():{startMs:y.now(),endMs:null}}endTimer(e){return _().getNumber("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_RELIABLE")>0?(this.gpgpu.endQuery(),e):(e.endMs=y.now(),e)}async getQueryTime(e){if(_().getNumber("WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_RELIABLE")>0)return this.gpgpu.waitForQueryAndGetTime(e);let t=e;return t.endMs-t.startMs}disposeData(e,t=!1){if(this.pendingDisposal.has(e))return!1;if(!this.texData.has(e))return!0;if(t?this.texData.get(e).refCount=0:this.texData.get(e).refCount--,!t&&this.texData.get(e).refCount>0)return!1;if(this.pendingRead.has(e))return this.pendingDisposal.add(e),this.pendingDeletes++,!1;this.releaseGPUData(e);let{complexTensorInfos:n}=this.texData.get(e);return n!=null&&(this.disposeData(n.real.dataId,t),this.disposeData(n.imag.dataId,t)),this.texData.delete(e),!0}releaseGPUData(e){let{texture:t,dtype:n,texShape:o,usage:s,isPacked:a,slice:i}=this.texData.get(e),u=i&&i.origDataId||e,l=this.dataRefCount.get(u);l>1?this.dataRefCount.set(u,l-1):(this.dataRefCount.delete(u),t!=null&&(this.numBytesInGPU-=this.computeBytes(o,n),this.textureManager.releaseTexture(t,o,s,a)));let p=this.texData.get(e);p.texture=null,p.texShape=null,p.isPacked=!1,p.slice=null}getTexture(e){return this.uploadToGPU(e),this.texData.get(e).texture.texture}getDataInfo(e){return this.texData.get(e)}shouldExecuteOnCPU(e,t=o3){return _().getBool("WEBGL_CPU_FORWARD")&&e.every(n=>this.texData.get(n.dataId).texture==null&&y.sizeFromShape(n.shape)<t)}getGPGPUContext(){return this.gpgpu}where(e){v.warn("tf.where() in webgl locks the UI thread. Call tf.whereAsync() instead");let t=e.dataSync();return e3(e.shape,t)}packedUnaryOp(e,t,n){let o=new mt(e.shape,t),s=this.compileAndRun(o,[e],n);return Wt().makeTensorFromTensorInfo(s)}abs(e){if(this.shouldExecuteOnCPU([e])&&e.dtype!=="complex64"){let o=Qu(this.texData.get(e.dataId).values);return this.makeOutput(e.shape,e.dtype,o)}if(_().getBool("WEBGL_PACK_UNARY_OPERATIONS"))return this.packedUnaryOp(e,af,e.dtype);let t=new qe(e.shape,af),n=this.compileAndRun(t,[e]);return Wt().makeTensorFromTensorInfo(n)}makeTensorInfo(e,t,n){let o;if(t==="string"&&n!=null&&n.length>0&&y.isString(n[0])){let s=n.map(a=>y.encodeString(a));o=this.write(s,e,t)}else o=this.write(n,e,t);return this.texData.get(o).usage=null,{dataId:o,shape:e,dtype:t}}makeOutput(e,t,n){return Wt().makeTensorFromTensorInfo(this.makeTensorInfo(e,t,n),this)}unpackTensor(e){let t=new sp(e.shape);return this.runWebGLProgram(t,[e],e.dtype)}packTensor(e){let t=new np(e.shape);return this.runWebGLProgram(t,[e],e.dtype,null,!0)}packedReshape(e,t){let n=[cn(e.shape),...mn(e.shape)],o={dtype:e.dtype,shape:n,dataId:e.dataId},s=[cn(t),...mn(t)],a=new ha(s,n),i=!0,u=[n],l=this.runWebGLProgram(a,[o],e.dtype,u,i);return{dataId:l.dataId,shape:t,dtype:l.dtype}}decode(e,t){let n=this.texData.get(e),{isPacked:o,shape:s,dtype:a}=n;if(t!=null){let m=y.sizeFromShape(s),f=t[0]*t[1]*4;y.assert(m<=f,()=>"customTexShape is too small. Row * Column * 4 should be equal or larger than the size of the tensor data.")}let i=gi(s),u;o?u=new Jl(i):u=new Zl(i);let l=!0,p=[t??mi(i)],c=this.runWebGLProgram(u,[{shape:i,dtype:a,dataId:e}],a,p,l,t);return{dtype:a,shape:s,dataId:c.dataId}}runWebGLProgram(e,t,n,o,s=!1,a){let i=this.makeTensorInfo(e.outputShape,n),u=this.texData.get(i.dataId);if(e.packedOutput&&(u.isPacked=!0),e.outPackingScheme===pn.DENSE){let x=a??mi(e.outputShape);u.texShape=x.map(b=>b*2)}if(e.outTexUsage!=null&&(u.usage=e.outTexUsage),y.sizeFromShape(i.shape)===0)return u.values=y.getTypedArrayFromDType(i.dtype,0),i;let l=[],p=t.map(x=>{if(x.dtype==="complex64")throw new Error("GPGPUProgram does not support complex64 input. For complex64 dtypes, please separate the program into real and imaginary parts.");let b=this.texData.get(x.dataId);if(b.texture==null){if(!e.packedInputs&&y.sizeFromShape(x.shape)<=_().getNumber("WEBGL_SIZE_UPLOAD_UNIFORM"))return{shape:x.shape,texData:null,isUniform:!0,uniformValues:b.values};e.packedInputs&&(b.isPacked=!0,b.shape=x.shape)}if(this.uploadToGPU(x.dataId),!!b.isPacked!=!!e.packedInputs)x=b.isPacked?this.unpackTensor(x):this.packTensor(x),l.push(x),b=this.texData.get(x.dataId);else if(b.isPacked&&!To(b.shape,x.shape)){let C=x,E=x.shape;x.shape=b.shape,x=this.packedReshape(x,E),l.push(x),b=this.texData.get(x.dataId),C.shape=E}return{shape:x.shape,texData:b,isUniform:!1}});this.uploadToGPU(i.dataId);let c={shape:i.shape,texData:u,isUniform:!1},m=uy(e,p,c),f=this.getAndSaveBinary(m,()=>ay(this.gpgpu,e,p,c)),d=this.activeTimers!=null,g;d&&(g=this.startTimer()),_().get("ENGINE_COMPILE_ONLY")||iy(this.gpgpu,f,p,c,o),l.forEach(x=>this.disposeIntermediateTensorInfo(x)),d&&(g=this.endTimer(g),this.activeTimers.push({name:e.constructor.name,query:this.getQueryTime(g)}));let h=_().getNumber("WEBGL_FLUSH_THRESHOLD");if(h>0){let x=y.now();x-this.lastGlFlushTime>h&&(this.gpgpu.gl.flush(),this.lastGlFlushTime=x)}if(!_().getBool("WEBGL_LAZILY_UNPACK")&&u.isPacked&&s===!1){let x=this.unpackTensor(i);return this.disposeIntermediateTensorInfo(i),x}return i}compileAndRun(e,t,n,o,s=!1){return n=n||t[0].dtype,this.runWebGLProgram(e,t,n,o,s)}getAndSaveBinary(e,t){return e in this.binaryCache||(this.binaryCache[e]=t()),this.binaryCache[e]}getTextureManager(){return this.textureManager}dispose(){this.disposed||(_().getBool("IS_TEST")||Object.keys(this.binaryCache).forEach(t=>{this.gpgpu.deleteProgram(this.binaryCache[t].webGLProgram),delete this.binaryCache[t]}),this.textureManager.dispose(),this.canvas!=null&&typeof HTMLCanvasElement<"u"&&this.canvas instanceof HTMLCanvasElement?this.canvas.remove():this.canvas=null,this.gpgpuCreatedLocally&&(this.gpgpu.program=null,this.gpgpu.dispose()),this.disposed=!0)}floatPrecision(){return this.floatPrecisionValue==null&&(this.floatPrecisionValue=J(()=>{if(!_().get("WEBGL_RENDER_FLOAT32_ENABLED")){let e=_().getBool("DEBUG");_().set("DEBUG",!1);let t=this.abs(Be(1e-8)).dataSync()[0];if(_().set("DEBUG",e),t>0)return 32}return 16})),this.floatPrecisionValue}epsilon(){return this.floatPrecision()===32?t3:r3}uploadToGPU(e){let t=this.texData.get(e),{shape:n,dtype:o,values:s,texture:a,usage:i,isPacked:u}=t;if(a!=null)return;let l=this.activeTimers!=null,p;l&&(p=y.now());let c=t.texShape;if(c==null&&(c=Zx(n,u),t.texShape=c),s!=null){let m=gi(n),f,d=c[1],g=c[0],h=s instanceof Uint8Array||s instanceof Uint8ClampedArray;(u||!h)&&([d,g]=ar(c[0],c[1])),u?f=new rp(m,h):f=new ki(m,h);let x=h?[g,d]:c,b=this.makeTensorInfo(x,o),C=this.texData.get(b.dataId);h?C.usage=st.PIXELS:C.usage=st.UPLOAD,C.texShape=x,this.gpgpu.uploadDenseMatrixToTexture(this.getTexture(b.dataId),d,g,s);let E=[[g,d]],A=this.runWebGLProgram(f,[b],o,E,!0),R=this.texData.get(A.dataId);t.texShape=R.texShape,t.isPacked=R.isPacked,t.usage=R.usage,_().get("ENGINE_COMPILE_ONLY")?this.disposeData(A.dataId):(t.texture=R.texture,t.values=null,this.texData.delete(A.dataId)),this.disposeIntermediateTensorInfo(b),l&&(this.uploadWaitMs+=y.now()-p)}else{let m=this.acquireTexture(c,i,o,u);t.texture=m}}convertAndCacheOnCPU(e,t){let n=this.texData.get(e),{dtype:o}=n;return t!=null&&(n.values=i3(t,o)),n.values}acquireTexture(e,t,n,o){if(this.numBytesInGPU+=this.computeBytes(e,n),!this.warnedAboutMemory&&this.numBytesInGPU>this.numMBBeforeWarning*1024*1024){let s=(this.numBytesInGPU/1024/1024).toFixed(2);this.warnedAboutMemory=!0,console.warn(`High memory usage in GPU: ${s} MB, most likely due to a memory leak`)}return this.textureManager.acquireTexture(e,t,o)}computeBytes(e,t){return e[0]*e[1]*y.bytesPerElement(t)}checkCompileCompletion(){for(let[,e]of Object.entries(this.binaryCache))this.checkCompletion_(e)}async checkCompileCompletionAsync(){let e=[];if(this.gpgpu.parallelCompilationExtension){for(let[,t]of Object.entries(this.binaryCache))e.push(this.checkCompletionAsync_(t));return Promise.all(e)}else{for(let[,t]of Object.entries(this.binaryCache)){let n=new Promise(o=>{try{this.checkCompletion_(t),o(!0)}catch(s){throw s}});e.push(n)}return Promise.all(e)}}async checkCompletionAsync_(e){return this.gpgpu.gl.getProgramParameter(e.webGLProgram,this.gpgpu.parallelCompilationExtension.COMPLETION_STATUS_KHR)?this.checkCompletion_(e):(await Wm(),this.checkCompletionAsync_(e))}checkCompletion_(e){if(this.gpgpu.gl.getProgramParameter(e.webGLProgram,this.gpgpu.gl.LINK_STATUS)===!1)throw console.log(this.gpgpu.gl.getProgramInfoLog(e.webGLProgram)),this.gpgpu.gl.getShaderParameter(e.fragmentShader,this.gpgpu.gl.COMPILE_STATUS)===!1?(Ym(e.source,this.gpgpu.gl.getShaderInfoLog(e.fragmentShader)),new Error("Failed to compile fragment shader.")):new Error("Failed to link vertex and fragment shaders.");return!0}getUniformLocations(){for(let e of Object.values(this.binaryCache)){this.gpgpu.buildVao(e.webGLProgram);let{variablesLocations:t,customUniformLocations:n,infLoc:o,nanLoc:s,outShapeLocation:a,outShapeStridesLocation:i,outTexShapeLocation:u}=ef(this.gpgpu,e.program,e.webGLProgram);e.variablesLocations=t,e.customUniformLocations=n,e.infLoc=o,e.nanLoc=s,e.outShapeLocation=a,e.outShapeStridesLocation=i,e.outTexShapeLocation=u}}createTensorFromGPUData(e,t,n){e.channels=e.channels||"RGBA";let{texture:o,height:s,width:a,channels:i}=e,u=Wt().backend;if(!u.gpgpu.gl.isTexture(o))throw new Error("The texture is invalid. Also, please make sure the texture and the TFJS WebGL backend are using the same canvas. If you want to use your own custom canvas, you have to create and use the custom TFJS WebGL backend created from the canvas through 'new tf.MathBackendWebGL(customCanvas)'.");let l=u.writeTexture(o,t,n,s,a,i);return Wt().makeTensorFromDataId(l,t,n,u)}};ip.nextDataId=0;function i3(r,e){if(e==="float32"||e==="complex64")return r;if(e==="int32"||e==="bool"){let t=e==="int32"?new Int32Array(r.length):new Uint8Array(r.length);for(let n=0;n<t.length;++n)t[n]=Math.round(r[n]);return t}else throw new Error(`Unknown dtype ${e}`)}var dt;(function(r){r[r.DT_INVALID=0]="DT_INVALID",r[r.DT_FLOAT=1]="DT_FLOAT",r[r.DT_DOUBLE=2]="DT_DOUBLE",r[r.DT_INT32=3]="DT_INT32",r[r.DT_UINT8=4]="DT_UINT8",r[r.DT_INT16=5]="DT_INT16",r[r.DT_INT8=6]="DT_INT8",r[r.DT_STRING=7]="DT_STRING",r[r.DT_COMPLEX64=8]="DT_COMPLEX64",r[r.DT_INT64=9]="DT_INT64",r[r.DT_BOOL=10]="DT_BOOL",r[r.DT_QINT8=11]="DT_QINT8",r[r.DT_QUINT8=12]="DT_QUINT8",r[r.DT_QINT32=13]="DT_QINT32",r[r.DT_BFLOAT16=14]="DT_BFLOAT16",r[r.DT_QINT16=15]="DT_QINT16",r[r.DT_QUINT16=16]="DT_QUINT16",r[r.DT_UINT16=17]="DT_UINT16",r[r.DT_COMPLEX128=18]="DT_COMPLEX128",r[r.DT_HALF=19]="DT_HALF",r[r.DT_RESOURCE=20]="DT_RESOURCE",r[r.DT_VARIANT=21]="DT_VARIANT",r[r.DT_UINT32=22]="DT_UINT32",r[r.DT_UINT64=23]="DT_UINT64",r[r.DT_FLOAT_REF=101]="DT_FLOAT_REF",r[r.DT_DOUBLE_REF=102]="DT_DOUBLE_REF",r[r.DT_INT32_REF=103]="DT_INT32_REF",r[r.DT_UINT8_REF=104]="DT_UINT8_REF",r[r.DT_INT16_REF=105]="DT_INT16_REF",r[r.DT_INT8_REF=106]="DT_INT8_REF",r[r.DT_STRING_REF=107]="DT_STRING_REF",r[r.DT_COMPLEX64_REF=108]="DT_COMPLEX64_REF",r[r.DT_INT64_REF=109]="DT_INT64_REF",r[r.DT_BOOL_REF=110]="DT_BOOL_REF",r[r.DT_QINT8_REF=111]="DT_QINT8_REF",r[r.DT_QUINT8_REF=112]="DT_QUINT8_REF",r[r.DT_QINT32_REF=113]="DT_QINT32_REF",r[r.DT_BFLOAT16_REF=114]="DT_BFLOAT16_REF",r[r.DT_QINT16_REF=115]="DT_QINT16_REF",r[r.DT_QUINT16_REF=116]="DT_QUINT16_REF",r[r.DT_UINT16_REF=117]="DT_UINT16_REF",r[r.DT_COMPLEX128_REF=118]="DT_COMPLEX128_REF",r[r.DT_HALF_REF=119]="DT_HALF_REF",r[r.DT_RESOURCE_REF=120]="DT_RESOURCE_REF",r[r.DT_VARIANT_REF=121]="DT_VARIANT_REF",r[r.DT_UINT32_REF=122]="DT_UINT32_REF",r[r.DT_UINT64_REF=123]="DT_UINT64_REF"})(dt||(dt={}));var ZS;(function(r){let e;(function(t){t[t.LEGACY=0]="LEGACY",t[t.V1=1]="V1",t[t.V2=2]="V2"})(e=r.CheckpointFormatVersion||(r.CheckpointFormatVersion={}))})(ZS||(ZS={}));var l3={};function up(r){return l3[r]}function w(r,e,t,n,o){let s=e.inputParams[r];if(s&&s.inputIndexStart!==void 0){let i=s.inputIndexStart,u=s.inputIndexEnd===0?void 0:s.inputIndexEnd===void 0?i+1:s.inputIndexEnd,l=i<0?e.inputNames.length+i:i;if(s.type==="tensor")return We(e.inputNames[l],t,n,o);if(s.type==="tensors"){let m=e.inputs.slice(i,u);return e.inputNames.slice(i,u).filter((d,g)=>{var h;return((h=m[g])===null||h===void 0?void 0:h.op)!=="NoOp"}).map(d=>We(d,t,n,o))}let p=We(e.inputNames[l],t,n,o),c=p.dataSync();return s.type==="number"?c[0]:y.toNestedArray(p.shape,c)}let a=e.attrParams[r];return a&&a.value}function We(r,e,t,n){let[o,s]=it(r,t);if(n!=null){let i=n.getHashTableHandleByName(o);if(i!=null)return i}let a=t.currentContextIds.find(i=>!!e[lp(o,i)]);return a!==void 0?e[lp(o,a)][s]:void 0}function ud(r,e,t){return e[lp(r,t.currentContextId)]}function Xt(r,e){let[t,n,o]=it(r,e);return[lp(t,e&&e.currentContextId),n,o]}function lp(r,e){return e?`${r}-${e}`:r}function it(r,e){if(r==="")return["",0,void 0];let t=e!=null&&e.parseNodeNameCache!=null;if(t){let s=e.parseNodeNameCache.get(r);if(s!=null)return s}let n=r.split(":"),o;if(n.length===1)o=[r,0,void 0];else{let s=n[0],a=n.length===3?n[1]:void 0,i=Number(n[n.length-1]);o=[s,i,a]}return t&&e.parseNodeNameCache.set(r,o),o}function $i(r,e,t){let n=w("pad",r,e,t);if(n==="explicit"){n=w("explicitPaddings",r,e,t);let o=[[0,0],[0,0],[0,0],[0,0]];for(let s=0;s<4;s++)o[s][0]=n[s*2],o[s][1]=n[s*2+1];return o}return n}function pp(r){return r.kept?r:Tt(r)}var ld={};ue(ld,{json:()=>p3});var p3=[{tfOpName:"Add",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"AddV2",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"AddN",category:"arithmetic",inputs:[{start:0,end:0,name:"tensors",type:"tensors"}]},{tfOpName:"BiasAdd",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0},{tfName:"data_format",name:"dataFormat",type:"string",notSupported:!0}]},{tfOpName:"Sub",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"RealDiv",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Div",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"DivNoNan",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"FloorDiv",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Mul",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Maximum",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Minimum",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Pow",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"SquaredDifference",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Mod",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"FloorMod",category:"arithmetic",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]}];var pd={};ue(pd,{json:()=>c3});var c3=[{tfOpName:"Abs",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Acos",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Asin",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Atan",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Atan2",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"y",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Ceil",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"ClipByValue",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"clipValueMin",type:"number"},{start:2,name:"clipValueMax",type:"number"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Complex",category:"basic_math",inputs:[{start:0,name:"real",type:"tensor"},{start:1,name:"imag",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"ComplexAbs",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Cos",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Cosh",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Elu",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Exp",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Floor",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Log",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Imag",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0},{tfName:"Tout",name:"outputType",type:"dtype",notSupported:!0}]},{tfOpName:"Neg",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Real",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0},{tfName:"Tout",name:"outputType",type:"dtype",notSupported:!0}]},{tfOpName:"Prelu",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"alpha",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Relu",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Relu6",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Selu",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Sigmoid",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Sin",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Sinh",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Sqrt",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Rsqrt",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Square",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Tan",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Tanh",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Sign",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Round",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Expm1",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Log1p",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Reciprocal",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Softplus",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Asinh",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Acosh",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Atanh",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Erf",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"LeakyRelu",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"alpha",name:"alpha",type:"number",defaultValue:.2},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"IsNan",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"IsFinite",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"IsInf",category:"basic_math",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]}];var cd={};ue(cd,{json:()=>m3});var m3=[{tfOpName:"EmptyTensorList",category:"control",inputs:[{start:0,name:"elementShape",type:"shape"},{start:1,name:"maxNumElements",type:"number"}],attrs:[{tfName:"element_dtype",name:"elementDType",type:"dtype"}]},{tfOpName:"LoopCond",category:"control",inputs:[{start:0,name:"pred",type:"tensor"}]},{tfOpName:"Switch",category:"control",inputs:[{start:0,name:"data",type:"tensor"},{start:1,name:"pred",type:"tensor"}]},{tfOpName:"Merge",category:"control",inputs:[{start:0,end:0,name:"tensors",type:"tensors"}]},{tfOpName:"Enter",category:"control",inputs:[{start:0,name:"tensor",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0},{tfName:"frame_name",name:"frameName",type:"string"},{tfName:"is_constant",name:"isConstant",type:"bool"}]},{tfOpName:"Exit",category:"control",inputs:[{start:0,name:"tensor",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"NextIteration",category:"control",inputs:[{start:0,name:"tensor",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"TensorArrayV3",category:"control",inputs:[{start:0,name:"size",type:"number"}],attrs:[{tfName:"dtype",name:"dtype",type:"dtype"},{tfName:"element_shape",name:"elementShape",type:"shape"},{tfName:"dynamic_size",name:"dynamicSize",type:"bool"},{tfName:"clear_after_read",name:"clearAfterRead",type:"bool"},{tfName:"identical_element_shapes",name:"identicalElementShapes",type:"bool"},{tfName:"tensor_array_name",name:"name",type:"string"}]},{tfOpName:"TensorArrayWriteV3",category:"control",inputs:[{start:0,name:"tensorArrayId",type:"tensor"},{start:1,name:"index",type:"number"},{start:2,name:"tensor",type:"tensor"},{start:3,name:"flowIn",type:"number"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"TensorArrayReadV3",category:"control",inputs:[{start:0,name:"tensorArrayId",type:"tensor"},{start:1,name:"index",type:"number"},{start:2,name:"flowIn",type:"number"}],attrs:[{tfName:"dtype",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"TensorArrayGatherV3",category:"control",inputs:[{start:0,name:"tensorArrayId",type:"tensor"},{start:1,name:"indices",type:"number[]"},{start:2,name:"flowIn",type:"number"}],attrs:[{tfName:"dtype",name:"dtype",type:"dtype"},{tfName:"element_shape",name:"elementShape",type:"shape"}]},{tfOpName:"TensorArrayScatterV3",category:"control",inputs:[{start:0,name:"tensorArrayId",type:"tensor"},{start:1,name:"indices",type:"number[]"},{start:2,name:"tensor",type:"tensor"},{start:3,name:"flowIn",type:"number"}],attrs:[{tfName:"T",name:"dtype",type:"dtype"}]},{tfOpName:"TensorArrayConcatV3",category:"control",inputs:[{start:0,name:"tensorArrayId",type:"tensor"},{start:1,name:"flowIn",type:"number"}],attrs:[{tfName:"dtype",name:"dtype",type:"dtype"},{tfName:"element_shape_except0",name:"elementShapeExcept0",type:"shape",notSupported:!0}]},{tfOpName:"TensorArraySplitV3",category:"control",inputs:[{start:0,name:"tensorArrayId",type:"tensor"},{start:1,name:"tensor",type:"tensor"},{start:2,name:"lengths",type:"number[]"},{start:3,name:"flowIn",type:"number"}],attrs:[{tfName:"T",name:"dtype",type:"dtype"}]},{tfOpName:"TensorArraySizeV3",category:"control",inputs:[{start:0,name:"tensorArrayId",type:"tensor"},{start:1,name:"flowIn",type:"number"}]},{tfOpName:"TensorArrayCloseV3",category:"control",inputs:[{start:0,name:"tensorArrayId",type:"tensor"}]},{tfOpName:"StatelessIf",category:"control",inputs:[{start:0,name:"cond",type:"tensor"},{start:1,end:0,name:"args",type:"tensors"}],attrs:[{tfName:"then_branch",name:"thenBranch",type:"func"},{tfName:"else_branch",name:"elseBranch",type:"func"}]},{tfOpName:"If",category:"control",inputs:[{start:0,name:"cond",type:"tensor"},{start:1,end:0,name:"args",type:"tensors"}],attrs:[{tfName:"then_branch",name:"thenBranch",type:"func"},{tfName:"else_branch",name:"elseBranch",type:"func"}]},{tfOpName:"StatelessWhile",category:"control",inputs:[{start:0,end:0,name:"args",type:"tensors"}],attrs:[{tfName:"cond",name:"cond",type:"func"},{tfName:"body",name:"body",type:"func"}]},{tfOpName:"While",category:"control",inputs:[{start:0,end:0,name:"args",type:"tensors"}],attrs:[{tfName:"cond",name:"cond",type:"func"},{tfName:"body",name:"body",type:"func"}]},{tfOpName:"TensorListScatter",category:"control",inputs:[{start:0,name:"tensor",type:"tensor"},{start:1,name:"indices",type:"number[]"},{start:2,name:"elementShape",type:"shape"}],attrs:[{tfName:"element_dtype",name:"elementDType",type:"dtype"}]},{tfOpName:"TensorListScatterV2",category:"control",inputs:[{start:0,name:"tensor",type:"tensor"},{start:1,name:"indices",type:"number[]"},{start:2,name:"elementShape",type:"shape"},{start:3,name:"numElements",type:"number"}],attrs:[{tfName:"element_dtype",name:"elementDType",type:"dtype"}]},{tfOpName:"TensorListGather",category:"control",inputs:[{start:0,name:"tensorListId",type:"tensor"},{start:1,name:"indices",type:"number[]"},{start:2,name:"elementShape",type:"shape"}],attrs:[{tfName:"element_dtype",name:"elementDType",type:"dtype"}]},{tfOpName:"TensorListGetItem",category:"control",inputs:[{start:0,name:"tensorListId",type:"tensor"},{start:1,name:"index",type:"number"},{start:2,name:"elementShape",type:"shape"}],attrs:[{tfName:"element_dtype",name:"elementDType",type:"dtype"}]},{tfOpName:"TensorListSetItem",category:"control",inputs:[{start:0,name:"tensorListId",type:"tensor"},{start:1,name:"index",type:"number"},{start:2,name:"tensor",type:"tensor"}],attrs:[{tfName:"element_dtype",name:"elementDType",type:"dtype"}]},{tfOpName:"TensorListReserve",category:"control",inputs:[{start:0,name:"elementShape",type:"shape"},{start:1,name:"numElements",type:"number"}],attrs:[{tfName:"element_dtype",name:"elementDType",type:"dtype"}]},{tfOpName:"TensorListFromTensor",category:"control",inputs:[{start:0,name:"tensor",type:"tensor"},{start:1,name:"elementShape",type:"shape"}],attrs:[{tfName:"element_dtype",name:"elementDType",type:"dtype"}]},{tfOpName:"TensorListStack",category:"control",inputs:[{start:0,name:"tensorListId",type:"tensor"},{start:1,name:"elementShape",type:"shape"}],attrs:[{tfName:"element_dtype",name:"elementDType",type:"dtype"},{tfName:"num_elements",name:"numElements",type:"dtype"}]},{tfOpName:"TensorListSplit",category:"control",inputs:[{start:0,name:"tensor",type:"tensor"},{start:1,name:"elementShape",type:"shape"},{start:2,name:"lengths",type:"number[]"}],attrs:[{tfName:"element_dtype",name:"elementDType",type:"dtype"}]},{tfOpName:"TensorListConcat",category:"control",inputs:[{start:0,name:"tensorListId",type:"tensor"}],attrs:[{tfName:"element_shape",name:"elementShape",type:"shape"},{tfName:"element_dtype",name:"elementDType",type:"dtype"}]},{tfOpName:"TensorListConcatV2",category:"control",inputs:[{start:0,name:"tensorListId",type:"tensor"}],attrs:[{tfName:"element_shape",name:"elementShape",type:"shape"},{tfName:"element_dtype",name:"elementDType",type:"dtype"}]},{tfOpName:"TensorListPopBack",category:"control",inputs:[{start:0,name:"tensorListId",type:"tensor"},{start:1,name:"elementShape",type:"shape"}],attrs:[{tfName:"element_dtype",name:"elementDType",type:"dtype"}]},{tfOpName:"TensorListPushBack",category:"control",inputs:[{start:0,name:"tensorListId",type:"tensor"},{start:1,name:"tensor",type:"tensor"}],attrs:[{tfName:"element_dtype",name:"elementDType",type:"dtype"}]},{tfOpName:"TensorListLength",category:"control",inputs:[{start:0,name:"tensorListId",type:"tensor"}]},{tfOpName:"TensorListResize",category:"control",inputs:[{start:0,name:"tensorListId",type:"tensor"},{start:1,name:"size",type:"number"}]}];var md={};ue(md,{json:()=>f3});var f3=[{tfOpName:"AvgPool",category:"convolution",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"strides",name:"strides",type:"number[]"},{tfName:"padding",name:"pad",type:"string"},{tfName:"data_format",name:"dataFormat",type:"string",notSupported:!0},{tfName:"ksize",name:"kernelSize",type:"number[]"},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"MaxPool",category:"convolution",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"strides",name:"strides",type:"number[]"},{tfName:"padding",name:"pad",type:"string"},{tfName:"data_format",name:"dataFormat",type:"string",notSupported:!0},{tfName:"ksize",name:"kernelSize",type:"number[]"},{tfName:"explicit_paddings",name:"explicitPaddings",type:"number[]",defaultValue:[],notSupported:!0},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"MaxPoolWithArgmax",category:"convolution",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"strides",name:"strides",type:"number[]"},{tfName:"padding",name:"pad",type:"string"},{tfName:"ksize",name:"kernelSize",type:"number[]"},{tfName:"include_batch_in_index",name:"includeBatchInIndex",type:"bool"},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"AvgPool3D",category:"convolution",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"strides",name:"strides",type:"number[]"},{tfName:"padding",name:"pad",type:"string"},{tfName:"data_format",name:"dataFormat",type:"string",notSupported:!0},{tfName:"ksize",name:"kernelSize",type:"number[]"},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"MaxPool3D",category:"convolution",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"strides",name:"strides",type:"number[]"},{tfName:"padding",name:"pad",type:"string"},{tfName:"data_format",name:"dataFormat",type:"string",notSupported:!0},{tfName:"ksize",name:"kernelSize",type:"number[]"},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Conv1D",category:"convolution",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"filter",type:"tensor"}],attrs:[{tfName:"stride",name:"stride",type:"number"},{tfName:"padding",name:"pad",type:"string"},{tfName:"data_format",name:"dataFormat",type:"string",defaultValue:"NWC"},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0},{tfName:"dilation",name:"dilation",type:"number",defaultValue:1}]},{tfOpName:"Conv2D",category:"convolution",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"filter",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0},{tfName:"strides",name:"strides",type:"number[]"},{tfName:"padding",name:"pad",type:"string"},{tfName:"useCudnnOnGpu",name:"useCudnnOnGpu",type:"bool"},{tfName:"data_format",name:"dataFormat",type:"string",defaultValue:"NHWC"},{tfName:"explicit_paddings",name:"explicitPaddings",type:"number[]",defaultValue:[]},{tfName:"dilations",name:"dilations",type:"number[]"}]},{tfOpName:"_FusedConv2D",category:"convolution",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"filter",type:"tensor"},{start:2,end:0,name:"args",type:"tensors"}],attrs:[{tfName:"num_args",name:"numArgs",type:"number"},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0},{tfName:"strides",name:"strides",type:"number[]"},{tfName:"padding",name:"pad",type:"string"},{tfName:"explicit_paddings",name:"explicitPaddings",type:"number[]",defaultValue:[]},{tfName:"use_cudnn_on_gpu",name:"useCudnnOnGpu",type:"bool",defaultValue:!0},{tfName:"data_format",name:"dataFormat",type:"string",defaultValue:"NHWC"},{tfName:"dilations",name:"dilations",type:"number[]",defaultValue:[1,1,1,1]},{tfName:"fused_ops",name:"fusedOps",type:"string[]",defaultValue:[]},{tfName:"epsilon",name:"epsilon",type:"number",defaultValue:1e-4},{tfName:"leakyrelu_alpha",name:"leakyreluAlpha",type:"number",defaultValue:.2}]},{tfOpName:"Conv2DBackpropInput",category:"convolution",inputs:[{start:2,name:"x",type:"tensor"},{start:1,name:"filter",type:"tensor"},{start:0,name:"outputShape",type:"number[]"}],attrs:[{tfName:"strides",name:"strides",type:"number[]"},{tfName:"padding",name:"pad",type:"string"},{tfName:"data_format",name:"dataFormat",type:"string",notSupported:!0},{tfName:"explicit_paddings",name:"explicitPaddings",type:"number[]",defaultValue:[]},{tfName:"dilations",name:"dilations",type:"number[]",notSupported:!0}]},{tfOpName:"DepthwiseConv2d",category:"convolution",inputs:[{start:0,name:"input",type:"tensor"},{start:1,name:"filter",type:"tensor"}],attrs:[{tfName:"strides",name:"strides",type:"number[]"},{tfName:"padding",name:"pad",type:"string"},{tfName:"data_format",name:"dataFormat",type:"string",defaultValue:"NHWC"},{tfName:"explicit_paddings",name:"explicitPaddings",type:"number[]",defaultValue:[]},{tfName:"dilations",name:"dilations",type:"number[]"}]},{tfOpName:"DepthwiseConv2dNative",category:"convolution",inputs:[{start:0,name:"input",type:"tensor"},{start:1,name:"filter",type:"tensor"}],attrs:[{tfName:"strides",name:"strides",type:"number[]"},{tfName:"padding",name:"pad",type:"string"},{tfName:"data_format",name:"dataFormat",type:"string",defaultValue:"NHWC"},{tfName:"explicit_paddings",name:"explicitPaddings",type:"number[]",defaultValue:[]},{tfName:"dilations",name:"dilations",type:"number[]"}]},{tfOpName:"FusedDepthwiseConv2dNative",category:"convolution",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"filter",type:"tensor"},{start:2,end:0,name:"args",type:"tensors"}],attrs:[{tfName:"num_args",name:"numArgs",type:"number"},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0},{tfName:"strides",name:"strides",type:"number[]"},{tfName:"padding",name:"pad",type:"string"},{tfName:"data_format",name:"dataFormat",type:"string",defaultValue:"NHWC"},{tfName:"dilations",name:"dilations",type:"number[]",defaultValue:[1,1,1,1]},{tfName:"fused_ops",name:"fusedOps",type:"string[]",defaultValue:[]},{tfName:"explicit_paddings",name:"explicitPaddings",type:"number[]",defaultValue:[]}]},{tfOpName:"Conv3D",category:"convolution",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"filter",type:"tensor"}],attrs:[{tfName:"strides",name:"strides",type:"number[]"},{tfName:"padding",name:"pad",type:"string"},{tfName:"data_format",name:"dataFormat",type:"string",defaultValue:"NHWC"},{tfName:"dilations",name:"dilations",type:"number[]"}]},{tfOpName:"Dilation2D",category:"convolution",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"filter",type:"tensor"}],attrs:[{tfName:"strides",name:"strides",type:"number[]"},{tfName:"rates",name:"dilations",type:"number[]"},{tfName:"padding",name:"pad",type:"string"}]}];var fd={};ue(fd,{json:()=>d3});var d3=[{tfOpName:"Fill",category:"creation",inputs:[{start:0,name:"shape",type:"number[]"},{start:1,name:"value",type:"number"}],attrs:[{tfName:"T",name:"dtype",type:"dtype"}]},{tfOpName:"LinSpace",category:"creation",inputs:[{start:0,name:"start",type:"number"},{start:1,name:"stop",type:"number"},{start:2,name:"num",type:"number"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"OneHot",category:"creation",inputs:[{start:0,name:"indices",type:"tensor"},{start:1,name:"depth",type:"number"},{start:2,name:"onValue",type:"number",defaultValue:1},{start:3,name:"offValue",type:"number",defaultValue:0}],attrs:[{tfName:"axis",name:"axis",type:"number",notSupported:!0},{tfName:"T",name:"dtype",type:"dtype"}]},{tfOpName:"Ones",category:"creation",inputs:[{start:0,name:"shape",type:"number[]"}],attrs:[{tfName:"T",name:"dtype",type:"dtype"}]},{tfOpName:"OnesLike",category:"creation",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"dtype",name:"dtype",type:"dtype"}]},{tfOpName:"RandomStandardNormal",category:"creation",inputs:[{start:0,name:"shape",type:"number[]"}],attrs:[{tfName:"seed",name:"seed",type:"number",defaultValue:0},{tfName:"seed2",name:"seed2",type:"number",defaultValue:0,notSupported:!0},{tfName:"dtype",name:"dtype",type:"dtype"},{tfName:"T",name:"T",type:"number",notSupported:!0}]},{tfOpName:"RandomUniform",category:"creation",inputs:[{start:0,name:"shape",type:"number[]"}],attrs:[{tfName:"minval",name:"minval",type:"number",defaultValue:0},{tfName:"maxval",name:"maxval",type:"number",defaultValue:1},{tfName:"dtype",name:"dtype",type:"dtype"},{tfName:"seed",name:"seed",type:"number",defaultValue:0},{tfName:"seed2",name:"seed2",type:"number",defaultValue:0,notSupported:!0},{tfName:"T",name:"T",type:"number",notSupported:!0}]},{tfOpName:"RandomUniformInt",category:"creation",inputs:[{start:0,name:"shape",type:"number[]"}],attrs:[{tfName:"minval",name:"minval",type:"number"},{tfName:"maxval",name:"maxval",type:"number"},{tfName:"seed",name:"seed",type:"number",defaultValue:0},{tfName:"seed2",name:"seed2",type:"number",defaultValue:0,notSupported:!0}]},{tfOpName:"Range",category:"creation",inputs:[{start:0,name:"start",type:"number"},{start:1,name:"stop",type:"number"},{start:2,name:"step",type:"number",defaultValue:0}],attrs:[{tfName:"Tidx",name:"dtype",type:"dtype"}]},{tfOpName:"TruncatedNormal",category:"creation",inputs:[{start:0,name:"shape",type:"number[]"}],attrs:[{tfName:"means",name:"mean",type:"number",defaultValue:0},{tfName:"stddev",name:"stdDev",type:"number",defaultValue:1},{tfName:"seed",name:"seed",type:"number"},{tfName:"seed2",name:"seed2",type:"number",defaultValue:0,notSupported:!0},{tfName:"dtype",name:"dtype",type:"dtype"},{tfName:"T",name:"T",type:"number",notSupported:!0}]},{tfOpName:"Zeros",category:"creation",inputs:[{start:0,name:"shape",type:"number[]"}],attrs:[{tfName:"T",name:"dtype",type:"dtype"}]},{tfOpName:"ZerosLike",category:"creation",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype"}]},{tfOpName:"Multinomial",category:"creation",inputs:[{start:0,name:"logits",type:"tensor"},{start:1,name:"numSamples",type:"number"}],attrs:[{tfName:"seed",name:"seed",type:"number"},{tfName:"seed2",name:"seed2",type:"number"},{tfName:"T",name:"dtype",type:"dtype"},{tfName:"output_dtype",name:"output_dtype",type:"dtype"}]}];var dd={};ue(dd,{json:()=>h3});var h3=[{tfOpName:"NonMaxSuppressionV2",category:"dynamic",inputs:[{start:0,name:"boxes",type:"tensor"},{start:1,name:"scores",type:"tensor"},{start:2,name:"maxOutputSize",type:"number"},{start:3,name:"iouThreshold",type:"number"}]},{tfOpName:"NonMaxSuppressionV3",category:"dynamic",inputs:[{start:0,name:"boxes",type:"tensor"},{start:1,name:"scores",type:"tensor"},{start:2,name:"maxOutputSize",type:"number"},{start:3,name:"iouThreshold",type:"number"},{start:4,name:"scoreThreshold",type:"number"}]},{tfOpName:"NonMaxSuppressionV4",category:"dynamic",inputs:[{start:0,name:"boxes",type:"tensor"},{start:1,name:"scores",type:"tensor"},{start:2,name:"maxOutputSize",type:"number"},{start:3,name:"iouThreshold",type:"number"},{start:4,name:"scoreThreshold",type:"number"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0},{tfName:"T_threshold",name:"threshold",type:"dtype",notSupported:!0},{tfName:"pad_to_max_output_size",name:"padToMaxOutputSize",type:"bool"}]},{tfOpName:"NonMaxSuppressionV5",category:"dynamic",inputs:[{start:0,name:"boxes",type:"tensor"},{start:1,name:"scores",type:"tensor"},{start:2,name:"maxOutputSize",type:"number"},{start:3,name:"iouThreshold",type:"number"},{start:4,name:"scoreThreshold",type:"number"},{start:5,name:"softNmsSigma",type:"number"}]},{tfOpName:"Where",category:"dynamic",inputs:[{start:0,name:"condition",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"ListDiff",category:"dynamic",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"y",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]}];var hd={};ue(hd,{json:()=>g3});var g3=[{tfOpName:"LowerBound",category:"evaluation",inputs:[{start:0,name:"sortedSequence",type:"tensor"},{start:1,name:"values",type:"tensor"}]},{tfOpName:"TopKV2",category:"evaluation",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"k",type:"number"}],attrs:[{tfName:"sorted",name:"sorted",type:"bool"}]},{tfOpName:"UpperBound",category:"evaluation",inputs:[{start:0,name:"sortedSequence",type:"tensor"},{start:1,name:"values",type:"tensor"}]},{tfOpName:"Unique",category:"evaluation",inputs:[{start:0,name:"x",type:"tensor"}]},{tfOpName:"UniqueV2",category:"evaluation",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number"}]}];var gd={};ue(gd,{json:()=>x3});var x3=[{tfOpName:"PlaceholderWithDefault",category:"graph",inputs:[{start:0,name:"default",type:"tensor"}],attrs:[{tfName:"shape",name:"shape",type:"shape"},{tfName:"dtype",name:"dtype",type:"dtype"}]},{tfOpName:"Placeholder",category:"graph",attrs:[{tfName:"shape",name:"shape",type:"shape"},{tfName:"dtype",name:"dtype",type:"dtype"}]},{tfOpName:"Const",category:"graph"},{tfOpName:"Identity",category:"graph",inputs:[{start:0,name:"x",type:"tensor"}]},{tfOpName:"IdentityN",category:"graph",inputs:[{start:0,end:0,name:"x",type:"tensors"}]},{tfOpName:"Snapshot",category:"graph",inputs:[{start:0,name:"x",type:"tensor"}]},{tfOpName:"Rank",category:"graph",inputs:[{start:0,name:"x",type:"tensor"}]},{tfOpName:"Size",category:"graph",inputs:[{start:0,name:"x",type:"tensor"}]},{tfOpName:"Shape",category:"graph",inputs:[{start:0,name:"x",type:"tensor"}]},{tfOpName:"ShapeN",category:"graph",inputs:[{start:0,end:0,name:"x",type:"tensors"}]},{tfOpName:"Print",category:"graph",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"data",type:"tensors"}],attrs:[{tfName:"message",name:"message",type:"string"},{tfName:"first_n",name:"firstN",type:"number",notSupported:!0},{tfName:"summarize",name:"summarize",type:"number",defaultValue:3}]},{tfOpName:"NoOp",category:"graph",inputs:[]},{tfOpName:"StopGradient",category:"graph",inputs:[{start:0,name:"x",type:"tensor"}]},{tfOpName:"FakeQuantWithMinMaxVars",category:"graph",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"min",name:"min",type:"number"},{tfName:"max",name:"max",type:"number"}]}];var xd={};ue(xd,{json:()=>y3});var y3=[{tfOpName:"HashTable",category:"hash_table",inputs:[],attrs:[{tfName:"shared_name",name:"sharedName",type:"string"},{tfName:"use_node_name_sharing",name:"useNodeNameSharing",type:"bool"},{tfName:"key_dtype",name:"keyDType",type:"dtype"},{tfName:"value_dtype",name:"valueDType",type:"dtype"}]},{tfOpName:"HashTableV2",category:"hash_table",inputs:[],attrs:[{tfName:"shared_name",name:"sharedName",type:"string"},{tfName:"use_node_name_sharing",name:"useNodeNameSharing",type:"bool"},{tfName:"key_dtype",name:"keyDType",type:"dtype"},{tfName:"value_dtype",name:"valueDType",type:"dtype"}]},{tfOpName:"LookupTableImport",category:"hash_table",inputs:[{start:0,name:"tableHandle",type:"tensor"},{start:1,name:"keys",type:"tensor"},{start:2,name:"values",type:"tensor"}],attrs:[{tfName:"Tin",name:"tIn",type:"dtype",notSupported:!0},{tfName:"Tout",name:"tOut",type:"dtype",notSupported:!0}]},{tfOpName:"LookupTableImportV2",category:"hash_table",inputs:[{start:0,name:"tableHandle",type:"tensor"},{start:1,name:"keys",type:"tensor"},{start:2,name:"values",type:"tensor"}],attrs:[{tfName:"Tin",name:"tIn",type:"dtype",notSupported:!0},{tfName:"Tout",name:"tOut",type:"dtype",notSupported:!0}]},{tfOpName:"LookupTableFind",category:"hash_table",inputs:[{start:0,name:"tableHandle",type:"tensor"},{start:1,name:"keys",type:"tensor"},{start:2,name:"defaultValue",type:"tensor"}],attrs:[{tfName:"Tin",name:"tIn",type:"dtype",notSupported:!0},{tfName:"Tout",name:"tOut",type:"dtype",notSupported:!0}]},{tfOpName:"LookupTableFindV2",category:"hash_table",inputs:[{start:0,name:"tableHandle",type:"tensor"},{start:1,name:"keys",type:"tensor"},{start:2,name:"defaultValue",type:"tensor"}],attrs:[{tfName:"Tin",name:"tIn",type:"dtype",notSupported:!0},{tfName:"Tout",name:"tOut",type:"dtype",notSupported:!0}]},{tfOpName:"LookupTableSize",category:"hash_table",inputs:[{start:0,name:"tableHandle",type:"tensor"}]},{tfOpName:"LookupTableSizeV2",category:"hash_table",inputs:[{start:0,name:"tableHandle",type:"tensor"}]},{tfOpName:"InitializeTable",category:"hash_table",inputs:[{start:0,name:"tableHandle",type:"tensor"},{start:1,name:"keys",type:"tensor"},{start:2,name:"values",type:"tensor"}]},{tfOpName:"InitializeTableV2",category:"hash_table",inputs:[{start:0,name:"tableHandle",type:"tensor"},{start:1,name:"keys",type:"tensor"},{start:2,name:"values",type:"tensor"}]}];var yd={};ue(yd,{json:()=>b3});var b3=[{tfOpName:"ResizeBilinear",category:"image",inputs:[{start:0,name:"images",type:"tensor"},{start:1,name:"size",type:"number[]"}],attrs:[{tfName:"align_corners",name:"alignCorners",type:"bool"},{tfName:"half_pixel_centers",name:"halfPixelCenters",type:"bool"},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"ResizeNearestNeighbor",category:"image",inputs:[{start:0,name:"images",type:"tensor"},{start:1,name:"size",type:"number[]"}],attrs:[{tfName:"align_corners",name:"alignCorners",type:"bool"},{tfName:"half_pixel_centers",name:"halfPixelCenters",type:"bool"},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"CropAndResize",category:"image",inputs:[{start:0,name:"image",type:"tensor"},{start:1,name:"boxes",type:"tensor"},{start:2,name:"boxInd",type:"tensor"},{start:3,name:"cropSize",type:"number[]"}],attrs:[{tfName:"method",name:"method",type:"string"},{tfName:"extrapolation_value",name:"extrapolationValue",type:"number"}]},{tfOpName:"ImageProjectiveTransformV3",category:"image",inputs:[{start:0,name:"images",type:"tensor"},{start:1,name:"transforms",type:"tensor"},{start:2,name:"outputShape",type:"number[]"},{start:3,name:"fillValue",type:"number"}],attrs:[{tfName:"interpolation",name:"interpolation",type:"string"},{tfName:"fill_mode",name:"fillMode",type:"string"}]}];var bd={};ue(bd,{json:()=>w3});var w3=[{tfOpName:"Equal",category:"logical",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"NotEqual",category:"logical",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Greater",category:"logical",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"GreaterEqual",category:"logical",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Less",category:"logical",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"LessEqual",category:"logical",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"LogicalAnd",category:"logical",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"LogicalNot",category:"logical",inputs:[{start:0,name:"a",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"LogicalOr",category:"logical",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Select",category:"logical",inputs:[{start:0,name:"condition",type:"tensor"},{start:1,name:"a",type:"tensor"},{start:2,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"SelectV2",category:"logical",inputs:[{start:0,name:"condition",type:"tensor"},{start:1,name:"a",type:"tensor"},{start:2,name:"b",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"BitwiseAnd",category:"logical",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"y",type:"tensor"}]}];var wd={};ue(wd,{json:()=>N3});var N3=[{tfOpName:"_FusedMatMul",category:"matrices",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"},{start:2,end:0,name:"args",type:"tensors"}],attrs:[{tfName:"num_args",name:"numArgs",type:"number"},{tfName:"fused_ops",name:"fusedOps",type:"string[]",defaultValue:[]},{tfName:"epsilon",name:"epsilon",type:"number",defaultValue:1e-4},{tfName:"transpose_a",name:"transposeA",type:"bool",defaultValue:!1},{tfName:"transpose_b",name:"transposeB",type:"bool",defaultValue:!1},{tfName:"leakyrelu_alpha",name:"leakyreluAlpha",type:"number",defaultValue:.2},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"MatMul",category:"matrices",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"transpose_a",name:"transposeA",type:"bool",defaultValue:!1},{tfName:"transpose_b",name:"transposeB",type:"bool",defaultValue:!1},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"BatchMatMul",category:"matrices",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"adj_x",name:"transposeA",type:"bool",defaultValue:!1},{tfName:"adj_y",name:"transposeB",type:"bool",defaultValue:!1},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"BatchMatMulV2",category:"matrices",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"b",type:"tensor"}],attrs:[{tfName:"adj_x",name:"transposeA",type:"bool",defaultValue:!1},{tfName:"adj_y",name:"transposeB",type:"bool",defaultValue:!1},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Transpose",category:"matrices",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"perm",type:"number[]"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Einsum",category:"matrices",inputs:[{start:0,end:0,name:"tensors",type:"tensors"}],attrs:[{tfName:"equation",name:"equation",type:"string"},{tfName:"N",name:"n",type:"number",defaultValue:2},{tfName:"T",name:"dtype",type:"dtype"}]},{tfOpName:"MatrixBandPart",category:"matrices",inputs:[{start:0,name:"a",type:"tensor"},{start:1,name:"numLower",type:"tensor"},{start:1,name:"numUpper",type:"tensor"}]}];var Nd={};ue(Nd,{json:()=>I3});var I3=[{tfOpName:"EuclideanNorm",category:"normalization",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number[]"}],attrs:[{tfName:"keep_dims",name:"keepDims",type:"bool",defaultValue:!1}]},{tfOpName:"FusedBatchNorm",category:"normalization",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"scale",type:"tensor"},{start:2,name:"offset",type:"tensor"},{start:3,name:"mean",type:"tensor"},{start:4,name:"variance",type:"tensor"}],attrs:[{tfName:"epsilon",name:"epsilon",type:"number",defaultValue:.001},{tfName:"data_format",name:"dataFormat",type:"string",notSupported:!0}]},{tfOpName:"FusedBatchNormV2",category:"normalization",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"scale",type:"tensor"},{start:2,name:"offset",type:"tensor"},{start:3,name:"mean",type:"tensor"},{start:4,name:"variance",type:"tensor"}],attrs:[{tfName:"epsilon",name:"epsilon",type:"number",defaultValue:.001},{tfName:"data_format",name:"dataFormat",type:"string",notSupported:!0}]},{tfOpName:"FusedBatchNormV3",category:"normalization",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"scale",type:"tensor"},{start:2,name:"offset",type:"tensor"},{start:3,name:"mean",type:"tensor"},{start:4,name:"variance",type:"tensor"}],attrs:[{tfName:"epsilon",name:"epsilon",type:"number",defaultValue:.001},{tfName:"data_format",name:"dataFormat",type:"string",notSupported:!0}]},{tfOpName:"LRN",category:"normalization",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"depth_radius",name:"radius",type:"number",defaultValue:5},{tfName:"bias",name:"bias",type:"number",defaultValue:1},{tfName:"alpha",name:"alpha",type:"number",defaultValue:1},{tfName:"beta",name:"beta",type:"number",defaultValue:.5}]},{tfOpName:"Softmax",category:"normalization",inputs:[{start:0,name:"x",type:"tensor"}]},{tfOpName:"LogSoftmax",category:"normalization",inputs:[{start:0,name:"x",type:"tensor"}]}];var Id={};ue(Id,{json:()=>C3});var C3=[{tfOpName:"Bincount",category:"reduction",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"size",type:"number"},{start:2,name:"weights",type:"tensor"}]},{tfOpName:"DenseBincount",category:"reduction",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"size",type:"number"},{start:2,name:"weights",type:"tensor"}],attrs:[{tfName:"binary_output",name:"binaryOutput",type:"bool"}]},{tfOpName:"Max",category:"reduction",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number[]"}],attrs:[{tfName:"keep_dims",name:"keepDims",type:"bool"}]},{tfOpName:"Mean",category:"reduction",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number[]"}],attrs:[{tfName:"keep_dims",name:"keepDims",type:"bool"}]},{tfOpName:"Min",category:"reduction",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number[]"}],attrs:[{tfName:"keep_dims",name:"keepDims",type:"bool"}]},{tfOpName:"Sum",category:"reduction",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number[]"}],attrs:[{tfName:"keep_dims",name:"keepDims",type:"bool"}]},{tfOpName:"All",category:"reduction",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number[]"}],attrs:[{tfName:"keep_dims",name:"keepDims",type:"bool"}]},{tfOpName:"Any",category:"reduction",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number[]"}],attrs:[{tfName:"keep_dims",name:"keepDims",type:"bool"}]},{tfOpName:"ArgMax",category:"reduction",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number"}]},{tfOpName:"ArgMin",category:"reduction",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number"}]},{tfOpName:"Prod",category:"reduction",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number[]"}],attrs:[{tfName:"keep_dims",name:"keepDims",type:"bool"},{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"Cumprod",category:"reduction",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number"}],attrs:[{tfName:"exclusive",name:"exclusive",type:"bool"},{tfName:"reverse",name:"reverse",type:"bool"}]},{tfOpName:"Cumsum",category:"reduction",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number"}],attrs:[{tfName:"exclusive",name:"exclusive",type:"bool"},{tfName:"reverse",name:"reverse",type:"bool"}]}];var Cd={};ue(Cd,{json:()=>v3});var v3=[{tfOpName:"ConcatV2",category:"slice_join",inputs:[{start:0,end:-1,name:"tensors",type:"tensors"},{start:-1,name:"axis",type:"number"}],attrs:[{tfName:"N",name:"n",type:"number",defaultValue:2}]},{tfOpName:"Concat",category:"slice_join",inputs:[{start:1,end:0,name:"tensors",type:"tensors"},{start:0,name:"axis",type:"number"}],attrs:[{tfName:"N",name:"n",type:"number",defaultValue:2}]},{tfOpName:"GatherV2",category:"slice_join",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"indices",type:"tensor"},{start:2,name:"axis",type:"number",defaultValue:0}],attrs:[{tfName:"batch_dims",name:"batchDims",type:"number",defaultValue:0}]},{tfOpName:"Gather",category:"slice_join",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"indices",type:"tensor"}],attrs:[{tfName:"validate_indices",name:"validateIndices",type:"bool",notSupported:!0}]},{tfOpName:"Reverse",category:"slice_join",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"dims",type:"bool[]"}]},{tfOpName:"ReverseV2",category:"slice_join",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number[]"}]},{tfOpName:"Slice",category:"slice_join",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"begin",type:"number[]"},{start:2,name:"size",type:"number[]"}]},{tfOpName:"StridedSlice",category:"slice_join",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"begin",type:"number[]"},{start:2,name:"end",type:"number[]"},{start:3,name:"strides",type:"number[]"}],attrs:[{tfName:"begin_mask",name:"beginMask",type:"number",defaultValue:0},{tfName:"end_mask",name:"endMask",type:"number",defaultValue:0},{tfName:"new_axis_mask",name:"newAxisMask",type:"number",defaultValue:0},{tfName:"ellipsis_mask",name:"ellipsisMask",type:"number",defaultValue:0},{tfName:"shrink_axis_mask",name:"shrinkAxisMask",type:"number",defaultValue:0}]},{tfOpName:"Pack",category:"slice_join",inputs:[{start:0,end:0,name:"tensors",type:"tensors"}],attrs:[{tfName:"axis",name:"axis",type:"number",defaultValue:0}]},{tfOpName:"Unpack",category:"slice_join",inputs:[{start:0,name:"tensor",type:"tensor"}],attrs:[{tfName:"axis",name:"axis",type:"number",defaultValue:0},{tfName:"num",name:"num",type:"number",defaultValue:0,notSupported:!0}]},{tfOpName:"Tile",category:"slice_join",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"reps",type:"number[]"}]},{tfOpName:"Split",category:"slice_join",inputs:[{start:0,name:"axis",type:"number",defaultValue:0},{start:1,name:"x",type:"tensor"}],attrs:[{tfName:"num_split",name:"numOrSizeSplits",type:"number",defaultValue:1}]},{tfOpName:"SplitV",category:"slice_join",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"numOrSizeSplits",type:"number[]"},{start:2,name:"axis",type:"number",defaultValue:0}]},{tfOpName:"ScatterNd",category:"slice_join",inputs:[{start:0,name:"indices",type:"tensor"},{start:1,name:"values",type:"tensor"},{start:2,name:"shape",type:"number[]"}]},{tfOpName:"GatherNd",category:"slice_join",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"indices",type:"tensor"}]},{tfOpName:"SparseToDense",category:"slice_join",inputs:[{start:0,name:"sparseIndices",type:"tensor"},{start:1,name:"outputShape",type:"number[]"},{start:2,name:"sparseValues",type:"tensor"},{start:3,name:"defaultValue",type:"tensor"}],attrs:[{tfName:"validate_indices",name:"validateIndices",type:"bool",defaultValue:!1,notSupported:!0}]},{tfOpName:"TensorScatterUpdate",category:"slice_join",inputs:[{start:0,name:"tensor",type:"tensor"},{start:1,name:"indices",type:"tensor"},{start:2,name:"values",type:"tensor"}]}];var vd={};ue(vd,{json:()=>S3});var S3=[{tfOpName:"SparseFillEmptyRows",category:"sparse",inputs:[{start:0,name:"indices",type:"tensor"},{start:1,name:"values",type:"tensor"},{start:2,name:"denseShape",type:"tensor"},{start:3,name:"defaultValue",type:"tensor"}]},{tfOpName:"SparseReshape",category:"sparse",inputs:[{start:0,name:"inputIndices",type:"tensor"},{start:1,name:"inputShape",type:"tensor"},{start:2,name:"newShape",type:"tensor"}],attrs:[{tfName:"T",name:"dtype",type:"dtype",notSupported:!0}]},{tfOpName:"SparseSegmentMean",category:"sparse",inputs:[{start:0,name:"data",type:"tensor"},{start:1,name:"indices",type:"tensor"},{start:2,name:"segmentIds",type:"tensor"}]},{tfOpName:"SparseSegmentSum",category:"sparse",inputs:[{start:0,name:"data",type:"tensor"},{start:1,name:"indices",type:"tensor"},{start:2,name:"segmentIds",type:"tensor"}]}];var Sd={};ue(Sd,{json:()=>T3});var T3=[{tfOpName:"FFT",category:"spectral",inputs:[{start:0,name:"x",type:"tensor"}]},{tfOpName:"IFFT",category:"spectral",inputs:[{start:0,name:"x",type:"tensor"}]},{tfOpName:"RFFT",category:"spectral",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"fft_length",type:"number",notSupported:!0}]},{tfOpName:"IRFFT",category:"spectral",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"fft_length",type:"number",notSupported:!0}]}];var Td={};ue(Td,{json:()=>E3});var E3=[{tfOpName:"StaticRegexReplace",category:"string",inputs:[{start:0,name:"input",type:"tensor"}],attrs:[{tfName:"pattern",name:"pattern",type:"string"},{tfName:"rewrite",name:"rewrite",type:"string"},{tfName:"replace_global",name:"replaceGlobal",type:"bool"}]},{tfOpName:"StringNGrams",category:"string",inputs:[{start:0,name:"data",type:"tensor"},{start:1,name:"dataSplits",type:"tensor"}],attrs:[{tfName:"separator",name:"separator",type:"string"},{tfName:"ngram_widths",name:"nGramWidths",type:"number[]"},{tfName:"left_pad",name:"leftPad",type:"string"},{tfName:"right_pad",name:"rightPad",type:"string"},{tfName:"pad_width",name:"padWidth",type:"number"},{tfName:"preserve_short_sequences",name:"preserveShortSequences",type:"bool"}],outputs:["ngrams","ngrams_splits"]},{tfOpName:"StringSplit",category:"string",inputs:[{start:0,name:"input",type:"tensor"},{start:1,name:"delimiter",type:"tensor"}],attrs:[{tfName:"skip_empty",name:"skipEmpty",type:"bool"}],outputs:["indices","values","shape"]},{tfOpName:"StringToHashBucketFast",category:"string",inputs:[{start:0,name:"input",type:"tensor"}],attrs:[{tfName:"num_buckets",name:"numBuckets",type:"number"}]}];var Ed={};ue(Ed,{json:()=>_3});var _3=[{tfOpName:"Cast",category:"transformation",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"SrcT",name:"sdtype",type:"dtype",notSupported:!0},{tfName:"DstT",name:"dtype",type:"dtype"}]},{tfOpName:"ExpandDims",category:"transformation",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"axis",type:"number"}]},{tfOpName:"MirrorPad",category:"transformation",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"padding",type:"number[]"}],attrs:[{tfName:"mode",name:"mode",type:"string"}]},{tfOpName:"Pad",category:"transformation",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"padding",type:"number[]"}],attrs:[{tfName:"constant_value",name:"constantValue",type:"number",defaultValue:0}]},{tfOpName:"PadV2",category:"transformation",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"padding",type:"number[]"},{start:2,name:"constantValue",type:"number",defaultValue:0}]},{tfOpName:"Reshape",category:"transformation",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"shape",type:"number[]"}]},{tfOpName:"EnsureShape",category:"transformation",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"shape",type:"number[]"}]},{tfOpName:"Squeeze",category:"transformation",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"axis",tfDeprecatedName:"squeeze_dims",name:"axis",type:"number[]"}]},{tfOpName:"SpaceToBatchND",category:"transformation",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"blockShape",type:"number[]"},{start:2,name:"paddings",type:"number[]"}]},{tfOpName:"BatchToSpaceND",category:"transformation",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"blockShape",type:"number[]"},{start:2,name:"crops",type:"number[]"}]},{tfOpName:"DepthToSpace",category:"transformation",inputs:[{start:0,name:"x",type:"tensor"}],attrs:[{tfName:"block_size",name:"blockSize",type:"number"},{tfName:"data_format",name:"dataFormat",type:"string"}]},{tfOpName:"BroadcastTo",category:"transformation",inputs:[{start:0,name:"x",type:"tensor"},{start:1,name:"shape",type:"number[]"}],attrs:[]},{tfOpName:"BroadcastArgs",category:"transformation",inputs:[{start:0,name:"s0",type:"tensor"},{start:1,name:"s1",type:"tensor"}],attrs:[]}];var Ri=class{static get Instance(){return this._instance||(this._instance=new this)}constructor(){let e=[ld,pd,cd,md,fd,dd,hd,gd,xd,yd,bd,wd,Nd,Id,Cd,vd,Sd,Td,Ed],t=[].concat(...e.map(n=>n.json));this.opMappers=t.reduce((n,o)=>(n[o.tfOpName]=o,n),{})}transformGraph(e,t={}){let n=e.node,o=[],s=[],a=[],i=n.reduce((g,h)=>(g[h.name]=this.mapNode(h),h.op.startsWith("Placeholder")?o.push(g[h.name]):h.op==="Const"?s.push(g[h.name]):(h.input==null||h.input.length===0)&&a.push(g[h.name]),g),{}),u=[],l=[],p={},c={};t!=null&&(p=this.mapSignatureEntries(t.inputs),c=this.mapSignatureEntries(t.outputs));let m=Object.keys(i);m.forEach(g=>{let h=i[g];h.inputNames.forEach((x,b)=>{let[C,,E]=Xt(x),k=i[C];if(k.outputs!=null){let A=k.outputs.indexOf(E);if(A!==-1){let R=`${C}:${A}`;h.inputNames[b]=R}}h.inputs.push(k),k.children.push(h)})}),Object.keys(c).length===0?m.forEach(g=>{let h=i[g];h.children.length===0&&l.push(h)}):Object.keys(c).forEach(g=>{let[h]=Xt(g),x=i[h];x!=null&&(x.signatureKey=c[g],l.push(x))}),Object.keys(p).length>0?Object.keys(p).forEach(g=>{let[h]=Xt(g),x=i[h];x&&(x.signatureKey=p[g],u.push(x))}):u=o;let f={};e.library!=null&&e.library.function!=null&&(f=e.library.function.reduce((g,h)=>(g[h.signature.name]=this.mapFunction(h),g),{}));let d={nodes:i,inputs:u,outputs:l,weights:s,placeholders:o,signature:t,functions:f};return a.length>0&&(d.initNodes=a),d}mapSignatureEntries(e){return Object.keys(e||{}).reduce((t,n)=>(t[e[n].name]=n,t),{})}mapNode(e){let t=up(e.op)||this.opMappers[e.op]||{};e.attr==null&&(e.attr={});let n={name:e.name,op:e.op,category:t.category,inputNames:(e.input||[]).map(o=>o.startsWith("^")?o.slice(1):o),inputs:[],children:[],inputParams:{},attrParams:{},rawAttrs:e.attr,outputs:t.outputs};return t.inputs!=null&&(n.inputParams=t.inputs.reduce((o,s)=>(o[s.name]={type:s.type,inputIndexStart:s.start,inputIndexEnd:s.end},o),{})),t.attrs!=null&&(n.attrParams=t.attrs.reduce((o,s)=>{let a=s.type,i;switch(s.type){case"string":i=cp(e.attr,s.tfName,s.defaultValue),i===void 0&&s.tfDeprecatedName&&(i=cp(e.attr,s.tfDeprecatedName,s.defaultValue));break;case"string[]":i=yp(e.attr,s.tfName,s.defaultValue),i===void 0&&s.tfDeprecatedName&&(i=yp(e.attr,s.tfDeprecatedName,s.defaultValue));break;case"number":i=fp(e.attr,s.tfName,s.defaultValue||0),i===void 0&&s.tfDeprecatedName&&(i=fp(e.attr,s.tfDeprecatedName,s.defaultValue));break;case"number[]":i=xp(e.attr,s.tfName,s.defaultValue),i===void 0&&s.tfDeprecatedName&&(i=xp(e.attr,s.tfDeprecatedName,s.defaultValue));break;case"bool":i=mp(e.attr,s.tfName,s.defaultValue),i===void 0&&s.tfDeprecatedName&&(i=mp(e.attr,s.tfDeprecatedName,s.defaultValue));break;case"bool[]":i=wp(e.attr,s.tfName,s.defaultValue),i===void 0&&s.tfDeprecatedName&&(i=wp(e.attr,s.tfDeprecatedName,s.defaultValue));break;case"shape":i=gp(e.attr,s.tfName,s.defaultValue),i===void 0&&s.tfDeprecatedName&&(i=gp(e.attr,s.tfDeprecatedName,s.defaultValue));break;case"shape[]":i=bp(e.attr,s.tfName,s.defaultValue),i===void 0&&s.tfDeprecatedName&&(i=bp(e.attr,s.tfDeprecatedName,s.defaultValue));break;case"dtype":i=dp(e.attr,s.tfName,s.defaultValue),i===void 0&&s.tfDeprecatedName&&(i=dp(e.attr,s.tfDeprecatedName,s.defaultValue));break;case"dtype[]":i=hp(e.attr,s.tfName,s.defaultValue),i===void 0&&s.tfDeprecatedName&&(i=hp(e.attr,s.tfDeprecatedName,s.defaultValue));break;case"func":i=JS(e.attr,s.tfName,s.defaultValue),i===void 0&&s.tfDeprecatedName&&(i=JS(e.attr,s.tfDeprecatedName,s.defaultValue));break;case"tensor":case"tensors":break;default:throw new Error(`Unsupported param type: ${s.type} for op: ${e.op}`)}return o[s.name]={value:i,type:a},o},{})),n}mapFunction(e){let t=e.nodeDef,n=[],o=[],s={};t!=null&&(s=t.reduce((c,m)=>(c[m.name]=this.mapNode(m),m.op==="Const"&&o.push(c[m.name]),c),{}));let a=[],i=[];e.signature.inputArg.forEach(c=>{let[m]=Xt(c.name),f={name:m,op:"Placeholder",inputs:[],inputNames:[],category:"graph",inputParams:{},attrParams:{dtype:{value:_d(c.type),type:"dtype"}},children:[]};f.signatureKey=c.name,a.push(f),s[m]=f}),Object.keys(s).forEach(c=>{let m=s[c];m.inputNames.forEach((f,d)=>{let[g,,h]=Xt(f),x=s[g];if(x.outputs!=null){let b=x.outputs.indexOf(h);if(b!==-1){let C=`${g}:${b}`;m.inputNames[d]=C}}m.inputs.push(x),x.children.push(m)})});let l=e.ret;e.signature.outputArg.forEach(c=>{let[m,f]=Xt(l[c.name]),d=s[m];d!=null&&(d.defaultOutput=f,i.push(d))});let p=this.mapArgsToSignature(e);return{nodes:s,inputs:a,outputs:i,weights:o,placeholders:n,signature:p}}mapArgsToSignature(e){return{methodName:e.signature.name,inputs:e.signature.inputArg.reduce((t,n)=>(t[n.name]=this.mapArgToTensorInfo(n),t),{}),outputs:e.signature.outputArg.reduce((t,n)=>(t[n.name]=this.mapArgToTensorInfo(n,e.ret),t),{})}}mapArgToTensorInfo(e,t){let n=e.name;return t!=null&&(n=t[n]),{name:n,dtype:e.type}}};function k3(r){let e=_().global;if(typeof e.atob<"u")return e.atob(r);if(typeof Buffer<"u")return new Buffer(r,"base64").toString();throw new Error("Unable to decode base64 in this environment. Missing built-in atob() or Buffer()")}function e0(r,e){let t=Array.isArray(r)?String.fromCharCode.apply(null,r):k3(r);return e?t:t.toLowerCase()}function cp(r,e,t,n=!1){let o=r[e];return o!=null?e0(o.s,n):t}function mp(r,e,t){let n=r[e];return n?n.b:t}function fp(r,e,t){let n=r[e]||{},o=n.i!=null?n.i:n.f!=null?n.f:t;return typeof o=="number"?o:parseInt(o,10)}function _d(r){switch(typeof r=="string"&&(r=dt[r]),r){case dt.DT_FLOAT:case dt.DT_HALF:return"float32";case dt.DT_INT32:case dt.DT_INT64:case dt.DT_INT8:case dt.DT_UINT8:return"int32";case dt.DT_BOOL:return"bool";case dt.DT_DOUBLE:return"float32";case dt.DT_STRING:return"string";case dt.DT_COMPLEX64:case dt.DT_COMPLEX128:return"complex64";default:return null}}function JS(r,e,t){let n=r[e];return n&&n.func?n.func.name:t}function dp(r,e,t){let n=r[e];return n&&n.type?_d(n.type):t}function hp(r,e,t){let n=r[e];return n&&n.list&&n.list.type?n.list.type.map(o=>_d(o)):t}function t0(r){if(!r.unknownRank)return r.dim!=null?r.dim.map(e=>typeof e.size=="number"?e.size:parseInt(e.size,10)):[]}function gp(r,e,t){let n=r[e];return n&&n.shape?t0(n.shape):t}function xp(r,e,t){let n=r[e];return n?((n.list.f&&n.list.f.length?n.list.f:n.list.i)||[]).map(o=>typeof o=="number"?o:parseInt(o,10)):t}function yp(r,e,t,n=!1){let o=r[e];return o&&o.list&&o.list.s?o.list.s.map(s=>e0(s,n)):t}function bp(r,e,t){let n=r[e];return n&&n.list&&n.list.shape?n.list.shape.map(o=>t0(o)):t}function wp(r,e,t){let n=r[e];return n&&n.list&&n.list.b?n.list.b:t}var Np=class{constructor(e,t,n){this.node=e,this.tensorMap=t,this.context=n,this.inputs=[],this.attrs={},this.inputs=e.inputNames.map(o=>this.getInput(o)),e.rawAttrs!=null&&(this.attrs=Object.keys(e.rawAttrs).reduce((o,s)=>(o[s]=this.getAttr(s),o),{}))}getInput(e){return We(e,this.tensorMap,this.context)}getAttr(e,t){let n=this.node.rawAttrs[e];if(n.tensor!=null)return We(e,this.tensorMap,this.context);if(n.i!=null||n.f!=null)return fp(this.node.rawAttrs,e,t);if(n.s!=null)return cp(this.node.rawAttrs,e,t);if(n.b!=null)return mp(this.node.rawAttrs,e,t);if(n.shape!=null)return gp(this.node.rawAttrs,e,t);if(n.type!=null)return dp(this.node.rawAttrs,e,t);if(n.list!=null){if(n.list.i!=null||n.list.f!=null)return xp(this.node.rawAttrs,e,t);if(n.list.s!=null)return yp(this.node.rawAttrs,e,t);if(n.list.shape!=null)return bp(this.node.rawAttrs,e,t);if(n.list.b!=null)return wp(this.node.rawAttrs,e,t);if(n.list.type!=null)return hp(this.node.rawAttrs,e,t)}return t}};var Ce={};ue(Ce,{abs:()=>wt,acos:()=>mc,acosh:()=>fc,add:()=>X,addN:()=>dc,all:()=>hc,any:()=>gc,argMax:()=>xc,argMin:()=>yc,asin:()=>bc,asinh:()=>wc,atan:()=>Nc,atan2:()=>Ic,atanh:()=>Cc,avgPool:()=>Tc,avgPool3d:()=>Ec,batchNorm:()=>Ac,batchToSpaceND:()=>kc,bitwiseAnd:()=>$c,broadcastArgs:()=>Rc,broadcastTo:()=>yr,cast:()=>de,ceil:()=>Fc,clipByValue:()=>Dc,concat:()=>mo,conv1d:()=>Oc,conv2d:()=>fo,conv2dTranspose:()=>Pc,conv3d:()=>Bc,cos:()=>Lc,cosh:()=>Mc,cumprod:()=>Uc,cumsum:()=>Vc,depthToSpace:()=>Gc,depthwiseConv2d:()=>Ka,dilation2d:()=>Wc,div:()=>me,divNoNan:()=>zc,elu:()=>qa,ensureShape:()=>Kc,equal:()=>Ha,erf:()=>Hc,euclideanNorm:()=>Xc,exp:()=>Xs,expandDims:()=>Ot,expm1:()=>Yc,fill:()=>br,floor:()=>Qc,floorDiv:()=>Ma,fused:()=>Iu,gather:()=>Zc,gatherND:()=>$g,greater:()=>un,greaterEqual:()=>Qa,image:()=>sx,isFinite:()=>Jc,isInf:()=>em,isNaN:()=>tm,leakyRelu:()=>Za,less:()=>Ys,lessEqual:()=>ho,linalg:()=>ax,linspace:()=>rm,localResponseNormalization:()=>nm,log:()=>ei,log1p:()=>om,logSoftmax:()=>am,logicalAnd:()=>ri,logicalNot:()=>im,logicalOr:()=>um,matMul:()=>Ae,max:()=>wr,maxPool:()=>lm,maxPool3d:()=>pm,maxPoolWithArgmax:()=>cm,maximum:()=>ni,mean:()=>mm,min:()=>Hs,minimum:()=>Js,mirrorPad:()=>fm,mod:()=>dm,mul:()=>W,neg:()=>Ir,notEqual:()=>hm,oneHot:()=>gm,ones:()=>xu,onesLike:()=>xm,pad:()=>ym,pow:()=>an,prelu:()=>oi,prod:()=>wm,range:()=>Cr,reciprocal:()=>Nm,relu:()=>si,relu6:()=>ai,reshape:()=>P,reverse:()=>Im,round:()=>ii,rsqrt:()=>Cm,scalar:()=>Be,scatterND:()=>_g,selu:()=>vm,sigmoid:()=>za,sign:()=>Sm,sin:()=>Tm,sinh:()=>Em,slice:()=>rt,softmax:()=>_m,softplus:()=>sm,spaceToBatchND:()=>bm,sparseToDense:()=>Ag,split:()=>go,sqrt:()=>nt,square:()=>ot,squaredDifference:()=>km,squeeze:()=>ui,stack:()=>or,stridedSlice:()=>Am,sub:()=>he,sum:()=>Se,tan:()=>$m,tanh:()=>_c,tensor1d:()=>Xe,tensorScatterUpdate:()=>Fm,tile:()=>Nr,transpose:()=>li,unstack:()=>xo,where:()=>Nt,zeros:()=>Ht,zerosLike:()=>Ve});var r0=(r,e,t,n=Ce)=>{switch(r.op){case"BiasAdd":case"AddV2":case"Add":return[n.add(w("a",r,e,t),w("b",r,e,t))];case"AddN":return[n.addN(w("tensors",r,e,t))];case"FloorMod":case"Mod":return[n.mod(w("a",r,e,t),w("b",r,e,t))];case"Mul":return[n.mul(w("a",r,e,t),w("b",r,e,t))];case"RealDiv":case"Div":return[n.div(w("a",r,e,t),w("b",r,e,t))];case"DivNoNan":return[n.divNoNan(w("a",r,e,t),w("b",r,e,t))];case"FloorDiv":return[n.floorDiv(w("a",r,e,t),w("b",r,e,t))];case"Sub":return[n.sub(w("a",r,e,t),w("b",r,e,t))];case"Minimum":return[n.minimum(w("a",r,e,t),w("b",r,e,t))];case"Maximum":return[n.maximum(w("a",r,e,t),w("b",r,e,t))];case"Pow":return[n.pow(w("a",r,e,t),w("b",r,e,t))];case"SquaredDifference":return[n.squaredDifference(w("a",r,e,t),w("b",r,e,t))];default:throw TypeError(`Node type ${r.op} is not implemented`)}};var n0=(r,e,t,n=Ce)=>{switch(r.op){case"Abs":case"ComplexAbs":return[n.abs(w("x",r,e,t))];case"Acos":return[n.acos(w("x",r,e,t))];case"Acosh":return[n.acosh(w("x",r,e,t))];case"Asin":return[n.asin(w("x",r,e,t))];case"Asinh":return[n.asinh(w("x",r,e,t))];case"Atan":return[n.atan(w("x",r,e,t))];case"Atan2":return[n.atan2(w("x",r,e,t),w("y",r,e,t))];case"Atanh":return[n.atanh(w("x",r,e,t))];case"Ceil":return[n.ceil(w("x",r,e,t))];case"Complex":return[n.complex(w("real",r,e,t),w("imag",r,e,t))];case"Cos":return[n.cos(w("x",r,e,t))];case"Cosh":return[n.cosh(w("x",r,e,t))];case"Elu":return[n.elu(w("x",r,e,t))];case"Erf":return[n.erf(w("x",r,e,t))];case"Exp":return[n.exp(w("x",r,e,t))];case"Expm1":return[n.expm1(w("x",r,e,t))];case"Floor":return[n.floor(w("x",r,e,t))];case"Log":return[n.log(w("x",r,e,t))];case"Log1p":return[n.log1p(w("x",r,e,t))];case"Imag":return[n.imag(w("x",r,e,t))];case"Neg":return[n.neg(w("x",r,e,t))];case"Reciprocal":return[n.reciprocal(w("x",r,e,t))];case"Real":return[n.real(w("x",r,e,t))];case"Relu":return[n.relu(w("x",r,e,t))];case"Round":return[n.round(w("x",r,e,t))];case"Selu":return[n.selu(w("x",r,e,t))];case"Sigmoid":return[n.sigmoid(w("x",r,e,t))];case"Sin":return[n.sin(w("x",r,e,t))];case"Sign":return[n.sign(w("x",r,e,t))];case"Sinh":return[n.sinh(w("x",r,e,t))];case"Softplus":return[n.softplus(w("x",r,e,t))];case"Sqrt":return[n.sqrt(w("x",r,e,t))];case"Square":return[n.square(w("x",r,e,t))];case"Tanh":return[n.tanh(w("x",r,e,t))];case"Tan":return[n.tan(w("x",r,e,t))];case"ClipByValue":return[n.clipByValue(w("x",r,e,t),w("clipValueMin",r,e,t),w("clipValueMax",r,e,t))];case"Relu6":return[n.relu6(w("x",r,e,t))];case"Rsqrt":return[n.rsqrt(We(r.inputNames[0],e,t))];case"LeakyRelu":return[n.leakyRelu(w("x",r,e,t),w("alpha",r,e,t))];case"Prelu":return[n.prelu(w("x",r,e,t),w("alpha",r,e,t))];case"IsNan":return[n.isNaN(We(r.inputNames[0],e,t))];case"IsInf":return[n.isInf(We(r.inputNames[0],e,t))];case"IsFinite":return[n.isFinite(We(r.inputNames[0],e,t))];default:throw TypeError(`Node type ${r.op} is not implemented`)}};var o0=()=>{throw new Error("left out")};function s0(r,e,t){let[n,o]=w("fusedOps",r,e,t),s=n==="biasadd",a=!s,i=o==="prelu",u=n==="fusedbatchnorm",l=w("numArgs",r,e,t);if(s){if(i&&l!==2)throw new Error("FusedConv2d and DepthwiseConv2d with BiasAdd and Prelu must have two extra arguments: bias and alpha.");if(!i&&s&&l!==1)throw new Error("FusedConv2d and DepthwiseConv2d with BiasAdd must have one extra argument: bias.")}if(u)throw new Error("FusedConv2d and DepthwiseConv2d with FusedBatchNorm is not supported");let p=w("strides",r,e,t),c=$i(r,e,t),m=w("dataFormat",r,e,t).toUpperCase(),f=w("dilations",r,e,t),[d,g]=w("args",r,e,t);a&&(g=d,d=void 0);let h=w("leakyreluAlpha",r,e,t);return{stride:p,pad:c,dataFormat:m,dilations:f,biasArg:d,preluArg:g,activationFunc:o,leakyreluAlpha:h}}var a0=(r,e,t,n=Ce)=>{switch(r.op){case"Conv1D":{let o=w("stride",r,e,t),s=w("pad",r,e,t),a=w("dataFormat",r,e,t).toUpperCase(),i=w("dilation",r,e,t);return[n.conv1d(w("x",r,e,t),w("filter",r,e,t),o,s,a,i)]}case"Conv2D":{let o=w("strides",r,e,t),s=$i(r,e,t),a=w("dataFormat",r,e,t).toUpperCase(),i=w("dilations",r,e,t);return[n.conv2d(w("x",r,e,t),w("filter",r,e,t),[o[1],o[2]],s,a,[i[1],i[2]])]}case"_FusedConv2D":{let{stride:o,pad:s,dataFormat:a,dilations:i,biasArg:u,preluArg:l,activationFunc:p,leakyreluAlpha:c}=s0(r,e,t);return[n.fused.conv2d({x:w("x",r,e,t),filter:w("filter",r,e,t),strides:[o[1],o[2]],pad:s,dataFormat:a,dilations:[i[1],i[2]],bias:u,activation:p,preluActivationWeights:l,leakyreluAlpha:c})]}case"FusedDepthwiseConv2dNative":{let{stride:o,pad:s,dataFormat:a,dilations:i,biasArg:u,preluArg:l,activationFunc:p,leakyreluAlpha:c}=s0(r,e,t);return[n.fused.depthwiseConv2d({x:w("x",r,e,t),filter:w("filter",r,e,t),strides:[o[1],o[2]],pad:s,dataFormat:a,dilations:[i[1],i[2]],bias:u,activation:p,preluActivationWeights:l,leakyreluAlpha:c})]}case"Conv2DBackpropInput":case"Conv2dTranspose":{let o=w("outputShape",r,e,t),s=w("strides",r,e,t),a=$i(r,e,t);return[n.conv2dTranspose(w("x",r,e,t),w("filter",r,e,t),o,[s[1],s[2]],a)]}case"DepthwiseConv2dNative":case"DepthwiseConv2d":{let o=w("strides",r,e,t),s=$i(r,e,t),a=w("dilations",r,e,t),i=w("dataFormat",r,e,t).toUpperCase();return[n.depthwiseConv2d(w("input",r,e,t),w("filter",r,e,t),[o[1],o[2]],s,i,[a[1],a[2]])]}case"Conv3D":{let o=w("strides",r,e,t),s=w("pad",r,e,t),a=w("dataFormat",r,e,t).toUpperCase(),i=w("dilations",r,e,t);return[n.conv3d(w("x",r,e,t),w("filter",r,e,t),[o[1],o[2],o[3]],s,a,[i[1],i[2],i[3]])]}case"AvgPool":{let o=w("strides",r,e,t),s=w("pad",r,e,t),a=w("kernelSize",r,e,t);return[n.avgPool(w("x",r,e,t),[a[1],a[2]],[o[1],o[2]],s)]}case"MaxPool":{let o=w("strides",r,e,t),s=w("pad",r,e,t),a=w("kernelSize",r,e,t);return[n.maxPool(w("x",r,e,t),[a[1],a[2]],[o[1],o[2]],s)]}case"MaxPoolWithArgmax":{let o=w("strides",r,e,t),s=w("pad",r,e,t),a=w("kernelSize",r,e,t),i=w("includeBatchInIndex",r,e,t),{result:u,indexes:l}=n.maxPoolWithArgmax(w("x",r,e,t),[a[1],a[2]],[o[1],o[2]],s,i);return[u,l]}case"AvgPool3D":{let o=w("strides",r,e,t),s=w("pad",r,e,t),a=w("kernelSize",r,e,t);return[n.avgPool3d(w("x",r,e,t),[a[1],a[2],a[3]],[o[1],o[2],o[3]],s)]}case"MaxPool3D":{let o=w("strides",r,e,t),s=w("pad",r,e,t),a=w("kernelSize",r,e,t);return[n.maxPool3d(w("x",r,e,t),[a[1],a[2],a[3]],[o[1],o[2],o[3]],s)]}case"Dilation2D":{let o=w("strides",r,e,t),s=w("pad",r,e,t),a=w("dilations",r,e,t),i=o[1],u=o[2],l=a[1],p=a[2];return[n.dilation2d(w("x",r,e,t),w("filter",r,e,t),[i,u],s,[l,p],"NHWC")]}default:throw TypeError(`Node type ${r.op} is not implemented`)}};var i0=(r,e,t,n=Ce)=>{switch(r.op){case"Fill":{let o=w("shape",r,e,t),s=w("dtype",r,e,t),a=w("value",r,e,t);return[n.fill(o,a,s)]}case"LinSpace":{let o=w("start",r,e,t),s=w("stop",r,e,t),a=w("num",r,e,t);return[n.linspace(o,s,a)]}case"Multinomial":{let o=w("logits",r,e,t),s=w("numSamples",r,e,t),a=w("seed",r,e,t);return[n.multinomial(o,s,a)]}case"OneHot":{let o=w("indices",r,e,t),s=w("depth",r,e,t),a=w("onValue",r,e,t),i=w("offValue",r,e,t),u=w("dtype",r,e,t);return[n.oneHot(o,s,a,i,u)]}case"Ones":return[n.ones(w("shape",r,e,t),w("dtype",r,e,t))];case"OnesLike":return[n.onesLike(w("x",r,e,t))];case"RandomStandardNormal":return[n.randomStandardNormal(w("shape",r,e,t),w("dtype",r,e,t),w("seed",r,e,t))];case"RandomUniform":return[n.randomUniform(w("shape",r,e,t),w("minval",r,e,t),w("maxval",r,e,t),w("dtype",r,e,t))];case"RandomUniformInt":return[n.randomUniformInt(w("shape",r,e,t),w("minval",r,e,t),w("maxval",r,e,t),w("seed",r,e,t))];case"Range":{let o=w("start",r,e,t),s=w("stop",r,e,t),a=w("step",r,e,t);return[n.range(o,s,a,w("dtype",r,e,t))]}case"TruncatedNormal":{let o=w("shape",r,e,t),s=w("mean",r,e,t),a=w("stdDev",r,e,t),i=w("seed",r,e,t);return[n.truncatedNormal(o,s,a,w("dtype",r,e,t),i)]}case"Zeros":return[n.zeros(w("shape",r,e,t),w("dtype",r,e,t))];case"ZerosLike":return[n.zerosLike(w("x",r,e,t))];default:throw TypeError(`Node type ${r.op} is not implemented`)}};var u0=()=>{throw new Error("left out")};var l0=()=>{throw new Error("left out")};var p0=(r,e,t,n=Ce)=>{switch(r.op){case"Const":return e[r.name];case"PlaceholderWithDefault":let o=w("default",r,e,t);return[We(r.name,e,t)||o];case"Placeholder":return[We(r.name,e,t)];case"Identity":case"StopGradient":case"FakeQuantWithMinMaxVars":{let p=w("x",r,e,t);return[pp(p)]}case"IdentityN":return w("x",r,e,t).map(p=>pp(p));case"Snapshot":let s=w("x",r,e,t);return[pp(s)];case"Shape":return[n.tensor1d(w("x",r,e,t).shape,"int32")];case"ShapeN":return w("x",r,e,t).map(p=>n.tensor1d(p.shape));case"Size":return[n.scalar(w("x",r,e,t).size,"int32")];case"Rank":return[n.scalar(w("x",r,e,t).rank,"int32")];case"NoOp":return[n.scalar(1)];case"Print":let a=w("x",r,e,t),i=w("data",r,e,t),u=w("message",r,e,t),l=w("summarize",r,e,t);console.warn("The graph has a tf.print() operation,usually used for debugging, which slows down performance."),console.log(u);for(let p=0;p<i.length;p++)console.log(Array.prototype.slice.call(i[p].dataSync()).slice(0,l));return[a];default:throw TypeError(`Node type ${r.op} is not implemented`)}};var c0=()=>{throw new Error("left out")};var m0=(r,e,t,n=Ce)=>{switch(r.op){case"ResizeBilinear":{let o=w("images",r,e,t),s=w("size",r,e,t),a=w("alignCorners",r,e,t),i=w("halfPixelCenters",r,e,t);return[n.image.resizeBilinear(o,[s[0],s[1]],a,i)]}case"ResizeNearestNeighbor":{let o=w("images",r,e,t),s=w("size",r,e,t),a=w("alignCorners",r,e,t),i=w("halfPixelCenters",r,e,t);return[n.image.resizeNearestNeighbor(o,[s[0],s[1]],a,i)]}case"CropAndResize":{let o=w("image",r,e,t),s=w("boxes",r,e,t),a=w("boxInd",r,e,t),i=w("cropSize",r,e,t),u=w("method",r,e,t),l=w("extrapolationValue",r,e,t);return[n.image.cropAndResize(o,s,a,i,u,l)]}case"ImageProjectiveTransformV3":{let o=w("images",r,e,t),s=w("transforms",r,e,t),a=w("outputShape",r,e,t),i=w("fillValue",r,e,t),u=w("interpolation",r,e,t),l=w("fillMode",r,e,t);return[n.image.transform(o,s,u.toLowerCase(),l.toLowerCase(),i,a)]}default:throw TypeError(`Node type ${r.op} is not implemented`)}};var f0=(r,e,t,n=Ce)=>{switch(r.op){case"Equal":return[n.equal(w("a",r,e,t),w("b",r,e,t))];case"NotEqual":return[n.notEqual(w("a",r,e,t),w("b",r,e,t))];case"Greater":return[n.greater(w("a",r,e,t),w("b",r,e,t))];case"GreaterEqual":return[n.greaterEqual(w("a",r,e,t),w("b",r,e,t))];case"Less":return[n.less(w("a",r,e,t),w("b",r,e,t))];case"LessEqual":return[n.lessEqual(w("a",r,e,t),w("b",r,e,t))];case"LogicalAnd":return[n.logicalAnd(w("a",r,e,t),w("b",r,e,t))];case"LogicalNot":return[n.logicalNot(w("a",r,e,t))];case"LogicalOr":return[n.logicalOr(w("a",r,e,t),w("b",r,e,t))];case"Select":case"SelectV2":return[n.where(w("condition",r,e,t),w("a",r,e,t),w("b",r,e,t))];case"BitwiseAnd":return[n.bitwiseAnd(w("a",r,e,t),w("b",r,e,t))];default:throw TypeError(`Node type ${r.op} is not implemented`)}};var d0=(r,e,t,n=Ce)=>{switch(r.op){case"BatchMatMul":case"BatchMatMulV2":case"MatMul":return[n.matMul(w("a",r,e,t),w("b",r,e,t),w("transposeA",r,e,t),w("transposeB",r,e,t))];case"Einsum":return[n.einsum(w("equation",r,e,t),...w("tensors",r,e,t))];case"Transpose":return[n.transpose(w("x",r,e,t),w("perm",r,e,t))];case"_FusedMatMul":let[o,s]=w("fusedOps",r,e,t),a=o==="biasadd",i=s==="prelu",u=w("numArgs",r,e,t),l=w("leakyreluAlpha",r,e,t);if(a){if(i&&u!==2)throw new Error("Fused MatMul with BiasAdd and Prelu must have two extra arguments: bias and alpha.");if(!i&&u!==1)throw new Error("Fused MatMul with BiasAdd must have one extra argument: bias.")}let[p,c]=w("args",r,e,t);return[n.fused.matMul({a:w("a",r,e,t),b:w("b",r,e,t),transposeA:w("transposeA",r,e,t),transposeB:w("transposeB",r,e,t),bias:p,activation:s,preluActivationWeights:c,leakyreluAlpha:l})];case"MatrixBandPart":return[n.linalg.bandPart(w("a",r,e,t),w("numLower",r,e,t),w("numUpper",r,e,t))];default:throw TypeError(`Node type ${r.op} is not implemented`)}};var h0=(r,e,t,n=Ce)=>{switch(r.op){case"EuclideanNorm":return[n.euclideanNorm(w("x",r,e,t),w("axis",r,e,t),w("keepDims",r,e,t))];case"FusedBatchNorm":case"FusedBatchNormV2":return[n.batchNorm(w("x",r,e,t),w("mean",r,e,t),w("variance",r,e,t),w("offset",r,e,t),w("scale",r,e,t),w("epsilon",r,e,t))];case"FusedBatchNormV3":return[n.batchNorm(w("x",r,e,t),w("mean",r,e,t),w("variance",r,e,t),w("offset",r,e,t),w("scale",r,e,t),w("epsilon",r,e,t))];case"LRN":return[n.localResponseNormalization(w("x",r,e,t),w("radius",r,e,t),w("bias",r,e,t),w("alpha",r,e,t),w("beta",r,e,t))];case"Softmax":return[n.softmax(w("x",r,e,t))];case"LogSoftmax":return[n.logSoftmax(w("x",r,e,t))];default:throw TypeError(`Node type ${r.op} is not implemented`)}};var g0=()=>{throw new Error("left out")};var x0=(r,e,t,n=Ce)=>{switch(r.op){case"Max":{let i=w("axis",r,e,t),u=w("keepDims",r,e,t);return[n.max(w("x",r,e,t),i,u)]}case"Mean":{let i=w("axis",r,e,t),u=w("keepDims",r,e,t);return[n.mean(w("x",r,e,t),i,u)]}case"Min":{let i=w("axis",r,e,t),u=w("keepDims",r,e,t);return[n.min(w("x",r,e,t),i,u)]}case"Sum":{let i=w("axis",r,e,t),u=w("keepDims",r,e,t);return[n.sum(w("x",r,e,t),i,u)]}case"All":{let i=w("axis",r,e,t),u=w("keepDims",r,e,t);return[n.all(w("x",r,e,t),i,u)]}case"Any":{let i=w("axis",r,e,t),u=w("keepDims",r,e,t);return[n.any(w("x",r,e,t),i,u)]}case"ArgMax":{let i=w("axis",r,e,t);return[n.argMax(w("x",r,e,t),i)]}case"ArgMin":{let i=w("axis",r,e,t);return[n.argMin(w("x",r,e,t),i)]}case"Prod":{let i=w("axis",r,e,t),u=w("keepDims",r,e,t);return[n.prod(w("x",r,e,t),i,u)]}case"Cumprod":{let i=w("axis",r,e,t),u=w("exclusive",r,e,t),l=w("reverse",r,e,t);return[n.cumprod(w("x",r,e,t),i,u,l)]}case"Cumsum":{let i=w("axis",r,e,t),u=w("exclusive",r,e,t),l=w("reverse",r,e,t);return[n.cumsum(w("x",r,e,t),i,u,l)]}case"Bincount":let o=w("x",r,e,t),s=w("weights",r,e,t),a=w("size",r,e,t);return[n.bincount(o,s,a)];case"DenseBincount":{let i=w("x",r,e,t),u=w("weights",r,e,t),l=w("size",r,e,t),p=w("binaryOutput",r,e,t);return[n.denseBincount(i,u,l,p)]}default:throw TypeError(`Node type ${r.op} is not implemented`)}};var y0=(r,e,t,n=Ce)=>{switch(r.op){case"ConcatV2":case"Concat":{let o=w("n",r,e,t),s=w("axis",r,e,t),a=w("tensors",r,e,t);return a=a.slice(0,o),[n.concat(a,s)]}case"Gather":{let o=w("x",r,e,t),s=w("indices",r,e,t);return[n.gather(o,n.cast(s,"int32"),0)]}case"GatherV2":{let o=w("axis",r,e,t),s=w("batchDims",r,e,t),a=w("x",r,e,t),i=w("indices",r,e,t);return[n.gather(a,n.cast(i,"int32"),o,s)]}case"Reverse":{let o=w("dims",r,e,t),s=[];for(let i=0;i<o.length;i++)o[i]&&s.push(i);let a=w("x",r,e,t);return[n.reverse(a,s)]}case"ReverseV2":{let o=w("axis",r,e,t),s=w("x",r,e,t);return[n.reverse(s,o)]}case"Slice":{let o=w("begin",r,e,t),s=w("size",r,e,t);return[n.slice(w("x",r,e,t),o,s)]}case"StridedSlice":{let o=w("begin",r,e,t),s=w("end",r,e,t),a=w("strides",r,e,t),i=w("beginMask",r,e,t),u=w("endMask",r,e,t),l=w("ellipsisMask",r,e,t),p=w("newAxisMask",r,e,t),c=w("shrinkAxisMask",r,e,t),m=w("x",r,e,t);return[n.stridedSlice(m,o,s,a,i,u,l,p,c)]}case"Pack":return J(()=>{let o=w("axis",r,e,t),s=w("tensors",r,e,t),a=s[0].shape,i=n.squeeze(s[0]).shape,u=s.map(l=>{let p=y.arraysEqual(l.shape,a);if(!p&&!y.arraysEqual(n.squeeze(l).shape,i))throw new Error("the input tensors shape does not match");return p?l:n.reshape(l,a)});return[n.stack(u,o)]});case"Unpack":{let o=w("axis",r,e,t),s=w("tensor",r,e,t);return n.unstack(s,o)}case"Tile":{let o=w("reps",r,e,t);return[n.tile(w("x",r,e,t),o)]}case"Split":case"SplitV":{let o=w("axis",r,e,t),s=w("numOrSizeSplits",r,e,t),a=w("x",r,e,t);return n.split(a,s,o)}case"ScatterNd":{let o=w("indices",r,e,t),s=w("values",r,e,t),a=w("shape",r,e,t);return[n.scatterND(o,s,a)]}case"GatherNd":{let o=w("x",r,e,t),s=w("indices",r,e,t);return[n.gatherND(o,s)]}case"SparseToDense":{let o=w("sparseIndices",r,e,t),s=w("outputShape",r,e,t),a=w("sparseValues",r,e,t),i=w("defaultValue",r,e,t);return[n.sparseToDense(o,a,s,a.dtype===i.dtype?i:n.cast(i,a.dtype))]}case"TensorScatterUpdate":{let o=w("indices",r,e,t),s=w("values",r,e,t),a=w("tensor",r,e,t);return[n.tensorScatterUpdate(a,o,s)]}default:throw TypeError(`Node type ${r.op} is not implemented`)}};var b0=()=>{throw new Error("left out")};var w0=()=>{throw new Error("left out")};var N0=()=>{throw new Error("left out")};var I0=(r,e,t,n=Ce)=>{switch(r.op){case"Cast":return[n.cast(w("x",r,e,t),w("dtype",r,e,t))];case"ExpandDims":{let o=w("axis",r,e,t);return[n.expandDims(w("x",r,e,t),o)]}case"Squeeze":{let o=w("axis",r,e,t);return[n.squeeze(w("x",r,e,t),o)]}case"Reshape":return[n.reshape(w("x",r,e,t),w("shape",r,e,t))];case"EnsureShape":return[n.ensureShape(w("x",r,e,t),w("shape",r,e,t))];case"MirrorPad":return[n.mirrorPad(w("x",r,e,t),w("padding",r,e,t),w("mode",r,e,t))];case"PadV2":case"Pad":return[n.pad(w("x",r,e,t),w("padding",r,e,t),w("constantValue",r,e,t))];case"SpaceToBatchND":{let o=w("blockShape",r,e,t),s=w("paddings",r,e,t);return[n.spaceToBatchND(w("x",r,e,t),o,s)]}case"BatchToSpaceND":{let o=w("blockShape",r,e,t),s=w("crops",r,e,t);return[n.batchToSpaceND(w("x",r,e,t),o,s)]}case"DepthToSpace":{let o=w("blockSize",r,e,t),s=w("dataFormat",r,e,t).toUpperCase();return[n.depthToSpace(w("x",r,e,t),o,s)]}case"BroadcastTo":return[n.broadcastTo(w("x",r,e,t),w("shape",r,e,t))];case"BroadcastArgs":return[n.broadcastArgs(w("s0",r,e,t),w("s1",r,e,t))];default:throw TypeError(`Node type ${r.op} is not implemented`)}};function kd(r,e,t,n,o=J){let s=((a,i,u)=>{switch(a.category){case"arithmetic":return o(()=>r0(a,i,u));case"basic_math":return o(()=>n0(a,i,u));case"control":return o0(a,i,u);case"convolution":return o(()=>a0(a,i,u));case"creation":return o(()=>i0(a,i,u));case"dynamic":return u0(a,i,u);case"evaluation":return o(()=>l0(a,i,u));case"image":return o(()=>m0(a,i,u));case"graph":return o(()=>p0(a,i,u));case"logical":return o(()=>f0(a,i,u));case"matrices":return o(()=>d0(a,i,u));case"normalization":return o(()=>h0(a,i,u));case"ragged":return o(()=>g0(a,i,u));case"reduction":return o(()=>x0(a,i,u));case"slice_join":return o(()=>y0(a,i,u));case"sparse":return o(()=>b0(a,i,u));case"spectral":return o(()=>w0(a,i,u));case"string":return o(()=>N0(a,i,u));case"transformation":return o(()=>I0(a,i,u));case"hash_table":return c0(a,i,u,n);case"custom":let l=up(a.op);if(l&&l.customExecutor)return l.customExecutor(new Np(a,i,u));throw TypeError(`Custom op ${a.op} is not registered.`);default:throw TypeError(`Unknown op '${a.op}'. File an issue at https://github.com/tensorflow/tfjs/issues so we can add it, or register a custom execution with tf.registerOp()`)}})(r,e,t);return y.isPromise(s)?s.then(a=>[].concat(a)):[].concat(s)}var Fi=class{constructor(e={},t={},n={},o={},s){this.weightMap=e,this.tensorArrayMap=t,this.tensorListMap=n,this.functionMap=o,this.parseNodeNameCache=s,this.rootContext={id:0,frameName:"",iterationId:0},this.contexts=[this.rootContext],this.lastId=0,this.generateCurrentContextIds()}newFrame(e,t){return{id:e,frameName:t,iterationId:0}}set currentContext(e){this.contexts!==e&&(this.contexts=e,this.generateCurrentContextIds())}get currentContext(){return this.contexts}get currentContextId(){return this._currentContextIds[0]}get currentContextIds(){return this._currentContextIds}generateCurrentContextIds(){let e=[];for(let t=0;t<this.contexts.length-1;t++){let n=this.contexts.slice(0,this.contexts.length-t);e.push(this.contextIdforContexts(n))}e.push(""),this._currentContextIds=e}contextIdforContexts(e){return e?e.map(t=>t.id===0&&t.iterationId===0?"":`${t.frameName}-${t.iterationId}`).join("/"):""}enterFrame(e){this.contexts&&(this.lastId++,this.contexts=this.contexts.slice(),this.contexts.push(this.newFrame(this.lastId,e)),this._currentContextIds.unshift(this.contextIdforContexts(this.contexts)))}exitFrame(){if(this.contexts&&this.contexts.length>1)this.contexts=this.contexts.slice(),this.contexts.splice(-1),this.currentContextIds.shift();else throw new Error("Cannot exit frame, the context is empty")}nextIteration(){if(this.contexts&&this.contexts.length>0){this.contexts=this.contexts.slice(),this.lastId++;let e=Object.assign({},this.contexts[this.contexts.length-1]);e.iterationId+=1,e.id=this.lastId,this.contexts.splice(-1,1,e),this._currentContextIds.splice(0,1,this.contextIdforContexts(this.contexts))}else throw new Error("Cannot increase frame iteration, the context is empty")}getWeight(e){return this.weightMap[e]}addTensorArray(e){this.tensorArrayMap[e.id]=e}getTensorArray(e){return this.tensorArrayMap[e]}addTensorList(e){this.tensorListMap[e.id]=e}getTensorList(e){return this.tensorListMap[e]}dispose(e){for(let t in this.tensorArrayMap)this.tensorArrayMap[t].clearAndClose(e);for(let t in this.tensorListMap)this.tensorListMap[t].clearAndClose(e)}};function Ad(r,e,t,n){let o=new Set,s=[],a=null,i=null,u=new Set,l=new Set(Object.keys(r).map(m=>it(m)[0]));n=n||[];let p=new Set(n.map(m=>it(m.name)[0])),c=[...e];for(;c.length>0;){let m=c.pop();if((gn(m)||tU(m)||rU(m))&&a==null&&(a=m,i=a.children.map(f=>f.name).filter(f=>o.has(f))),o.add(m.name),t[m.name]==null&&!l.has(m.name)&&!p.has(m.name)){if(m.inputs.length===0){s.push(m.name);continue}m.inputs.forEach(f=>{u.has(f.name)||(u.add(f.name),c.push(f))})}}return{inputs:r,outputs:e,usedNodes:o,missingInputs:s,dynamicNode:a,syncInputs:i}}function C0(r,e){let{usedNodes:t,inputs:n}=e,o=Object.keys(n).map(h=>it(h)[0]).map(h=>r.nodes[h]),s=r.initNodes||[],a=h=>t.has(typeof h=="string"?h:h.name);function i(h){return[...new Map(h.map(x=>[x.name,x])).values()]}let u=i([...o,...r.weights,...s]).filter(a),l=i([...u,...Object.values(r.nodes)]).filter(a),p=new Map(l.map(h=>[h.name,h])),c={};for(let h of l){c[h.name]=c[h.name]||0;for(let x of h.children)a(x)||(c[x.name]=Number.POSITIVE_INFINITY),c[x.name]=(c[x.name]||0)+1}let m=Object.entries(c).filter(([,h])=>h===0).map(([h])=>h),f=[...m];for(;m.length>0;){let h=m.pop(),x=p.get(h);for(let b of x.children.filter(a))--c[b.name]===0&&(f.push(b.name),m.push(b.name))}let d=f.map(h=>p.get(h)),g=Y3(d,u);return Q3(g,u),g}function Y3(r,e){let t=new Map(r.map(a=>[a.name,a])),n=e.map(a=>a.name),o=new Set(n);for(;n.length>0;){let a=n.pop(),i=t.get(a);for(let u of i.children)!t.has(u.name)||o.has(u.name)||(o.add(u.name),n.push(u.name))}return r.filter(a=>o.has(a.name))}var Ca=class extends Error{constructor(e){super(`NodesExecutionOrderError: ${e}`)}};function Q3(r,e){let t=new Map(r.map((i,u)=>[i.name,u])),n=new Set(e.map(i=>i.name)),o=i=>n.has(typeof i=="string"?i:i.name),s=new Set(r.map(i=>i.name)),a=i=>s.has(typeof i=="string"?i:i.name);for(let i of r){for(let u of i.children.filter(a)){if(!t.has(u.name))throw new Ca(`Child ${u.name} of node ${i.name} is unreachable.`);if(t.get(i.name)>t.get(u.name))throw new Ca(`Node ${i.name} is scheduled to run after its child ${u.name}.`)}if(!o(i))for(let u of i.inputs){if(!t.has(u.name))throw new Ca(`Input ${u.name} of node ${i.name} is unreachable.`);if(t.get(u.name)>t.get(i.name))throw new Ca(`Node ${i.name} is scheduled to run before its input ${u.name}.`)}}}function v0(r){let e=new Map(r.map((i,u)=>[i.name,u])),t=Number.MAX_SAFE_INTEGER,n=r.map((i,u)=>gn(i)?t:u),o=i=>{let u=n[e.get(i.name)];return u??-1},s=r.map((i,u)=>i.children.map(o).reduce((l,p)=>Math.max(l,p),n[u])),a=new Map;for(let i=0;i<r.length;++i){let u=s[i];if(u===t)continue;let l=r[i],p=r[u];a.has(p.name)||a.set(p.name,[]),a.get(p.name).push(l)}return a}var Z3=new Set(["Switch","Merge","Enter","Exit","NextIteration","StatelessIf","StatelessWhile","if","While"]),J3=new Set(["NonMaxSuppressionV2","NonMaxSuppressionV3","NonMaxSuppressionV5","Where"]),eU=new Set(["HashTable","HashTableV2","LookupTableImport","LookupTableImportV2","LookupTableFind","LookupTableFindV2","LookupTableSize","LookupTableSizeV2"]);function gn(r){return Z3.has(r.op)}function tU(r){return J3.has(r.op)}function rU(r){return eU.has(r.op)}var Di=class r{get weightIds(){return this.parent?this.parent.weightIds:this._weightIds}get functionExecutorMap(){return this.parent?this.parent.functionExecutorMap:this._functionExecutorMap}get weightMap(){return this.parent?this.parent.weightMap:this._weightMap}set weightMap(e){let t=Object.keys(e).map(n=>e[n].map(o=>o.id));this._weightIds=[].concat(...t),this._weightMap=e}set resourceManager(e){this._resourceManager=e}get inputs(){return this._inputs.map(e=>({name:e.name,shape:e.attrParams.shape?e.attrParams.shape.value:void 0,dtype:e.attrParams.dtype?e.attrParams.dtype.value:void 0}))}get outputs(){return this._outputs.map(e=>({name:e.name,shape:e.attrParams.shape?e.attrParams.shape.value:void 0,dtype:e.attrParams.dtype?e.attrParams.dtype.value:void 0}))}get inputNodes(){return this._inputs.map(e=>e.signatureKey||e.name)}get outputNodes(){return this._outputs.map(e=>{let t=e.signatureKey||e.name;return e.defaultOutput?`${t}:${e.defaultOutput}`:t})}get functions(){return Object.keys(this._functions).reduce((e,t)=>(e[t]=this._functions[t].signature,e),{})}constructor(e,t){this.graph=e,this.parent=t,this.compiledMap=new Map,this.parseNodeNameCache=new Map,this._weightMap={},this.SEPARATOR=",",this._functions={},this._functionExecutorMap={},this.keepIntermediateTensors=!1,this._outputs=e.outputs,this._inputs=e.inputs,this._initNodes=e.initNodes,this._signature=e.signature,this._functions=e.functions,e.functions!=null&&Object.keys(e.functions).forEach(n=>{this._functionExecutorMap[n]=new r(e.functions[n],this)})}getCompilationKey(e,t){let n=e.map(s=>s.name).sort(),o=t.map(s=>s.name).sort();return n.join(this.SEPARATOR)+"--"+o.join(this.SEPARATOR)}compile(e,t){let n=Ad(e,t,this.weightMap,this._initNodes),{missingInputs:o,dynamicNode:s,syncInputs:a}=n;if(s!=null)throw new Error(`This execution contains the node '${s.name}', which has the dynamic op '${s.op}'. Please use model.executeAsync() instead. Alternatively, to avoid the dynamic ops, specify the inputs [${a}]`);if(o.length>0){let l=t.map(c=>c.name),p=Object.keys(e);throw new Error(`Cannot compute the outputs [${l}] from the provided inputs [${p}]. Missing the following inputs: [${o}]`)}let i=C0(this.graph,n),u=v0(i);return{orderedNodes:i,nodeLiveUntilMap:u}}cloneAndKeepTensor(e){if(e==null)return null;let t=e.clone();return ou(t),t}cloneTensorList(e){return e?e.map(n=>this.cloneAndKeepTensor(n)):null}cloneTensorMap(e){return Object.fromEntries(Object.entries(e).map(([t,n])=>[t,this.cloneTensorList(n)]))}execute(e,t){this.disposeIntermediateTensors(),e=this.mapInputs(e);let n=Object.keys(e).sort();this.checkInputs(e),this.checkInputShapeAndType(e),t=this.mapOutputs(t),this.checkOutputs(t);let o=n.map(m=>this.graph.nodes[it(m)[0]]),s=t.map(m=>it(m)[0]),a=new Set(s),i=s.map(m=>this.graph.nodes[m]);i.length===0&&(i=this._outputs);let u=this.getCompilationKey(o,i),l=this.compiledMap.get(u);l==null&&(l=this.compile(e,i),this.compiledMap.set(u,l));try{this.keepIntermediateTensors=_().getBool("KEEP_INTERMEDIATE_TENSORS")}catch(m){this.keepIntermediateTensors=!1,console.warn(m.message)}let p={},c={};return J(()=>{let m=new Fi(this.weightMap,p,c,this.functionExecutorMap,this.parseNodeNameCache),f=Object.assign({},this.weightMap);this.keepIntermediateTensors&&(this.clonedTensorsMap=this.cloneTensorMap(this.weightMap)),Object.keys(e).forEach(x=>{let[b,C]=it(x,m),E=[];E[C]=e[x],f[b]=E,this.keepIntermediateTensors&&(this.clonedTensorsMap[b]=this.cloneTensorList(E))});let d=this.getFrozenTensorIds(f),{orderedNodes:g,nodeLiveUntilMap:h}=l;for(let x of g){if(f[x.name])continue;let b=kd(x,f,m,this._resourceManager);if(y.isPromise(b))throw new Error(`The execution of the op '${x.op}' returned a promise. Please use model.executeAsync() instead.`);f[x.name]=b,this.keepIntermediateTensors&&(this.clonedTensorsMap[x.name]=this.cloneTensorList(b)),this.checkTensorForDisposalWithNodeLiveUntilInfo(x,f,m,d,a,h.get(x.name))}return this.parent==null&&m.dispose(d),t.map(x=>We(x,f,m))})}getFrozenTensorIds(e){let t=[].concat.apply([],Object.keys(e).map(n=>e[n]).map(n=>n.map(o=>o.id)));return new Set(t)}checkTensorForDisposal(e,t,n,o,s,a,i){if(!(gn(t)||a.has(e))){for(let u of n[e])u!=null&&(i[u.id]=(i[u.id]||0)+t.children.length);for(let u of t.inputs){if(gn(u))continue;let l=ud(u.name,n,o);if(l!=null)for(let p of l){if(!p||p.kept||s.has(p.id))continue;let c=i[p.id];c===1?(p.dispose(),delete i[p.id]):c!=null&&i[p.id]--}}}}checkTensorForDisposalWithNodeLiveUntilInfo(e,t,n,o,s,a){function i(u){return gn(u)||s.has(u.name)}if(!(gn(e)||a==null))for(let u of a){if(i(u))continue;let l=ud(u.name,t,n);for(let p of l)!p||p.kept||o.has(p.id)||p.dispose()}}async executeAsync(e,t){return this._executeAsync(e,t)}disposeIntermediateTensors(){this.clonedTensorsMap&&(Object.values(this.clonedTensorsMap).forEach(e=>{for(let t of e)t&&!t.isDisposed&&t.dispose()}),this.clonedTensorsMap=null)}getIntermediateTensors(){return this.clonedTensorsMap}async _executeAsync(e,t,n=!1,o={},s={}){this.disposeIntermediateTensors(),n||(e=this.mapInputs(e),this.checkInputs(e),this.checkInputShapeAndType(e),t=this.mapOutputs(t),this.checkOutputs(t));try{this.keepIntermediateTensors=_().getBool("KEEP_INTERMEDIATE_TENSORS")}catch(m){this.keepIntermediateTensors=!1,console.warn(m.message)}let a=new Fi(this.weightMap,o,s,this.functionExecutorMap,this.parseNodeNameCache);this.keepIntermediateTensors&&(this.clonedTensorsMap=this.cloneTensorMap(this.weightMap));let i=await this.executeWithControlFlow(e,a,t,n),u=t.map(m=>We(m,i,a)),l=u.map(m=>m.id),p=Object.keys(e).map(m=>e[m].id),c=new Set([...l,...p,...this.weightIds]);return Object.values(i).forEach(m=>{m.forEach(f=>{f&&!f.isDisposed&&!c.has(f.id)&&f.dispose()})}),this.parent==null&&a.dispose(c),u}async executeFunctionAsync(e,t,n){let o=e.reduce((s,a,i)=>(s[this.inputs[i].name]=a,s),{});return this._executeAsync(o,this.outputNodes,!0,t,n)}async executeWithControlFlow(e,t,n,o){let s=Object.keys(e),a=s.map(E=>this.graph.nodes[it(E)[0]]),i=n.map(E=>it(E)[0]),u=new Set(i),l=i.map(E=>this.graph.nodes[E]);l.length===0&&(l=this._outputs);let{usedNodes:p,missingInputs:c,dynamicNode:m,syncInputs:f}=Ad(e,l,this.weightMap,this._initNodes),d=[...a,...this.graph.weights,...this._initNodes||[]].map(E=>({node:E,contexts:t.currentContext})),g=Object.assign({},this.weightMap);Object.keys(e).forEach(E=>{let[k,A]=it(E),R=[];R[A]=e[E],g[k]=R});let h={},x=this.getFrozenTensorIds(g),b={};for(;d.length>0;){let E=this.processStack(a,d,t,g,b,x,u,h,p);await Promise.all(E)}m==null&&!o&&console.warn("This model execution did not contain any nodes with control flow or dynamic output shapes. You can use model.execute() instead.");let C=l.filter(E=>!gn(E)&&!We(E.name,g,t)).map(E=>E.name);if(C.length>0){let E="";throw m!=null&&(E=`Alternatively, to avoid the dynamic ops, use model.execute() and specify the inputs [${f}]`),new Error(`Cannot compute the outputs [${C}] from the provided inputs [${s}]. Consider providing the following inputs: [${c}]. ${E}`)}return g}processStack(e,t,n,o,s,a,i,u,l){let p=[];for(;t.length>0;){let c=t.pop();n.currentContext=c.contexts;let m="";if(c.node.op==="Enter"&&w("isConstant",c.node,o,n)&&([m]=Xt(c.node.name,n)),o[c.node.name]==null){let f=kd(c.node,o,n,this._resourceManager);m||([m]=Xt(c.node.name,n));let d=n.currentContext;y.isPromise(f)?p.push(f.then(g=>(o[m]=g,this.keepIntermediateTensors&&(this.clonedTensorsMap[m]=this.cloneTensorList(g)),n.currentContext=d,this.checkTensorForDisposal(m,c.node,o,n,a,i,u),this.processChildNodes(c.node,t,n,o,s,l),g))):(o[m]=f,this.keepIntermediateTensors&&(this.clonedTensorsMap[m]=this.cloneTensorList(f)),this.checkTensorForDisposal(m,c.node,o,n,a,i,u),this.processChildNodes(c.node,t,n,o,s,l))}else this.processChildNodes(c.node,t,n,o,s,l)}return p}processChildNodes(e,t,n,o,s,a){e.children.forEach(i=>{let[u]=Xt(i.name,n);s[u]||!a.has(i.name)||(i.op==="Merge"?i.inputNames.some(l=>!!We(l,o,n))&&(s[u]=!0,t.push({contexts:n.currentContext,node:i})):i.inputNames.every(l=>!!We(l,o,n))&&(s[u]=!0,t.push({contexts:n.currentContext,node:i})))})}dispose(){Object.keys(this.weightMap).forEach(e=>this.weightMap[e].forEach(t=>t.dispose()))}checkInputShapeAndType(e){Object.keys(e).forEach(t=>{let n=e[t],[o]=it(t),s=this.graph.nodes[o];if(s.attrParams.shape&&s.attrParams.shape.value){let a=s.attrParams.shape.value,i=a.length===n.shape.length&&n.shape.every((u,l)=>a[l]===-1||a[l]===u);y.assert(i,()=>`The shape of dict['${s.name}'] provided in model.execute(dict) must be [${a}], but was [${n.shape}]`)}s.attrParams.dtype&&s.attrParams.dtype.value&&y.assert(n.dtype===s.attrParams.dtype.value,()=>`The dtype of dict['${s.name}'] provided in model.execute(dict) must be ${s.attrParams.dtype.value}, but was ${n.dtype}`)})}mapInputs(e){var t,n;let o={};for(let s in e){let a=(n=(t=this._signature)===null||t===void 0?void 0:t.inputs)===null||n===void 0?void 0:n[s];a!=null?o[a.name]=e[s]:o[s]=e[s]}return o}checkInputs(e){let t=Object.keys(e).filter(n=>{let[o]=it(n);return this.graph.nodes[o]==null});if(t.length>0)throw new Error(`The dict provided in model.execute(dict) has keys: [${t}] that are not part of graph`)}mapOutputs(e){return e.map(t=>{var n,o;let s=(o=(n=this._signature)===null||n===void 0?void 0:n.outputs)===null||o===void 0?void 0:o[t];return s!=null?s.name:t},{})}checkOutputs(e){e.forEach(t=>{let[n]=it(t);if(!this.graph.nodes[n])throw new Error(`The output '${t}' is not found in the graph`)})}};var Ip=class{constructor(e={},t={}){this.hashTableNameToHandle=e,this.hashTableMap=t}addHashTable(e,t){this.hashTableNameToHandle[e]=t.handle,this.hashTableMap[t.id]=t}getHashTableHandleByName(e){return this.hashTableNameToHandle[e]}getHashTableById(e){return this.hashTableMap[e]}dispose(){for(let e in this.hashTableMap)this.hashTableMap[e].clearAndClose(),delete this.hashTableMap[e];for(let e in this.hashTableNameToHandle)this.hashTableNameToHandle[e].dispose(),delete this.hashTableNameToHandle[e]}};var $d=class{get modelVersion(){return this.version}get inputNodes(){return this.executor.inputNodes}get outputNodes(){return this.executor.outputNodes}get inputs(){return this.executor.inputs}get outputs(){return this.executor.outputs}get weights(){return this.executor.weightMap}get metadata(){return this.artifacts.userDefinedMetadata}get modelSignature(){return this.signature}get modelStructuredOutputKeys(){return this.structuredOutputKeys}constructor(e,t={},n=Pu){this.modelUrl=e,this.loadOptions=t,this.version="n/a",this.io=n,t==null&&(this.loadOptions={}),this.resourceManager=new Ip}findIOHandler(){let e=this.modelUrl;if(e.load!=null)this.handler=e;else if(this.loadOptions.requestInit!=null)this.handler=this.io.browserHTTPRequest(e,this.loadOptions);else{let t=this.io.getLoadHandlers(e,this.loadOptions);if(t.length===0)t.push(this.io.browserHTTPRequest(e,this.loadOptions));else if(t.length>1)throw new Error(`Found more than one (${t.length}) load handlers for URL '${[e]}'`);this.handler=t[0]}}load(){if(this.findIOHandler(),this.handler.load==null)throw new Error("Cannot proceed with model loading because the IOHandler provided does not have the `load` method implemented.");let e=this.handler.load();return y.isPromise(e)?e.then(t=>t.getWeightStream==null?this.loadSync(t):this.loadStreaming(t)):this.loadSync(e)}loadSync(e){let t=this.io.decodeWeights(e.weightData,e.weightSpecs);return this.loadWithWeightMap(e,t)}async loadStreaming(e){if(e.getWeightStream==null)throw new Error("Model artifacts missing streamWeights function");let t=await au(e.getWeightStream(),e.weightSpecs);return this.loadWithWeightMap(e,t)}loadWithWeightMap(e,t){this.artifacts=e;let n=this.artifacts.modelTopology,o=this.artifacts.signature;if(this.artifacts.userDefinedMetadata!=null){let s=this.artifacts.userDefinedMetadata;s.signature!=null&&(o=s.signature),s.structuredOutputKeys!=null&&(this.structuredOutputKeys=s.structuredOutputKeys)}if(this.signature=o,this.version=`${n.versions.producer}.${n.versions.minConsumer}`,this.executor=new Di(Ri.Instance.transformGraph(n,this.signature)),this.executor.weightMap=this.convertTensorMapToTensorsMap(t),this.executor.resourceManager=this.resourceManager,e.modelInitializer!=null&&e.modelInitializer.node!=null){let s=Ri.Instance.transformGraph(e.modelInitializer);this.initializer=new Di(s),this.initializer.weightMap=this.executor.weightMap,this.initializer.resourceManager=this.resourceManager,this.initializerSignature=e.initializerSignature}return!0}async save(e,t){if(typeof e=="string"){let n=this.io.getSaveHandlers(e);if(n.length===0)throw new Error(`Cannot find any save handlers for URL '${e}'`);if(n.length>1)throw new Error(`Found more than one (${n.length}) save handlers for URL '${e}'`);e=n[0]}if(e.save==null)throw new Error("GraphModel.save() cannot proceed because the IOHandler provided does not have the `save` attribute defined.");return e.save(this.artifacts)}addStructuredOutputNames(e){if(this.structuredOutputKeys){let t=e instanceof Me?[e]:e,n={};return t.forEach((o,s)=>n[this.structuredOutputKeys[s]]=o),n}return e}predict(e,t){let n=this.execute(e,this.outputNodes);return this.addStructuredOutputNames(n)}async predictAsync(e,t){let n=await this.executeAsync(e,this.outputNodes);return this.addStructuredOutputNames(n)}normalizeInputs(e){var t;if(!(e instanceof Me)&&!Array.isArray(e)){let s=(t=this.signature)===null||t===void 0?void 0:t.inputs;if(s!=null)for(let a in s){let i=s[a];i.resourceId!=null&&(e[a]=this.resourceIdToCapturedInput[i.resourceId])}return e}e=Array.isArray(e)?e:[e];let n=Object.keys(this.resourceIdToCapturedInput).length;if(e.length+n!==this.inputNodes.length)throw new Error(`Input tensor count mismatch, the graph model has ${this.inputNodes.length-n} non-resource placeholders, while there are ${e.length} input tensors provided.`);let o=0;return this.inputNodes.reduce((s,a)=>{var i,u,l;let p=(l=(u=(i=this.signature)===null||i===void 0?void 0:i.inputs)===null||u===void 0?void 0:u[a])===null||l===void 0?void 0:l.resourceId;return p!=null?s[a]=this.resourceIdToCapturedInput[p]:s[a]=e[o++],s},{})}normalizeOutputs(e){return e=e||this.outputNodes,Array.isArray(e)?e:[e]}executeInitializerGraph(){return this.initializer==null?[]:this.initializerSignature==null?this.initializer.execute({},[]):this.initializer.execute({},Object.keys(this.initializerSignature.outputs))}async executeInitializerGraphAsync(){return this.initializer==null?[]:this.initializerSignature==null?this.initializer.executeAsync({},[]):this.initializer.executeAsync({},Object.keys(this.initializerSignature.outputs))}setResourceIdToCapturedInput(e){if(this.resourceIdToCapturedInput={},this.initializerSignature){let t=this.initializerSignature.outputs,n=Object.keys(t);for(let o=0;o<n.length;o++){let s=n[o],a=t[s];this.resourceIdToCapturedInput[a.resourceId]=e[o]}}}execute(e,t){this.resourceIdToCapturedInput==null&&this.setResourceIdToCapturedInput(this.executeInitializerGraph()),e=this.normalizeInputs(e),t=this.normalizeOutputs(t);let n=this.executor.execute(e,t);return n.length>1?n:n[0]}async executeAsync(e,t){this.resourceIdToCapturedInput==null&&this.setResourceIdToCapturedInput(await this.executeInitializerGraphAsync()),e=this.normalizeInputs(e),t=this.normalizeOutputs(t);let n=await this.executor.executeAsync(e,t);return n.length>1?n:n[0]}getIntermediateTensors(){return this.executor.getIntermediateTensors()}disposeIntermediateTensors(){this.executor.disposeIntermediateTensors()}convertTensorMapToTensorsMap(e){return Object.keys(e).reduce((t,n)=>(t[n]=[e[n]],t),{})}dispose(){this.executor.dispose(),this.initializer&&(this.initializer.dispose(),this.resourceIdToCapturedInput&&ve(this.resourceIdToCapturedInput)),this.resourceManager.dispose()}};export{ed as BackendWasm,$d as GraphModel,ip as MathBackendWebGL,_ as env,G_ as findBackend,rc as getBackend,GM as initWasm,W_ as registerBackend,V_ as removeBackend,U_ as setBackend,KM as setWasmPaths,Jt as tensor,J as tidy};
